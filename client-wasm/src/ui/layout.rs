//! Where the tiles go: (people, space) to (columns, rows, size of a tile, pages); or one large tile and a film of small ones.
//!
//! Invariant: all tiles of a page have one size, fit the space, and have an aspect between the narrowest and 16:9.
//! 1. For every number of columns, the largest tile within those aspects.
//! 2. The largest visible tile wins; each empty cell costs one per cent, so that 3 × 3 beats 4 × 3 when they are close. Ties go to
//!    the candidate with fewer columns.
//! 3. Above `most` tiles, or below `least` pixels of width, people go on further pages; there is never a "+12" cell.

use crate::fraction::within;

/// Width over height of the widest tile.
const WIDEST: f64 = 16.0 / 9.0;

/// Below this width a screen is a phone held upright, where cameras stand upright too.
const PHONE_BELOW: f64 = 640.0;

/// From this width on there can be [`MANY`] tiles: a window of 1,800 px less what stands around the tiles.
pub(crate) const MANY_FROM: f64 = 1_776.0;

/// The most tiles of a page anywhere.
const MANY: usize = 49;

/// What the layout may do in a given space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Space {
    /// Width of the place for tiles, in CSS pixels.
    pub(crate) width: f64,
    /// Its height.
    pub(crate) height: f64,
    /// Distance between tiles.
    pub(crate) gap: f64,
    /// Width over height of the narrowest tile.
    pub(crate) narrowest: f64,
    /// The narrowest tile in pixels before a further page is opened.
    pub(crate) least: f64,
    /// The most tiles of a page.
    pub(crate) most: usize,
}

impl Space {
    /// The house rules for a space of this size; `many` is the person's wish for more than 25 tiles where there is room.
    pub(crate) fn new(width: f64, height: f64, gap: f64, many: bool) -> Self {
        let phone = width < PHONE_BELOW;
        let (narrowest, least, most) = if phone { (9.0 / 16.0, 150.0, 8) } else { (4.0 / 3.0, 180.0, 25) };
        Self { width, height, gap, narrowest, least, most: if many && width >= MANY_FROM { MANY } else { most } }
    }
}

/// How a page of tiles looks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Layout {
    /// Columns of a full row.
    pub(crate) columns: usize,
    /// Rows.
    pub(crate) rows: usize,
    /// Width of a tile in CSS pixels, whole.
    pub(crate) width: f64,
    /// Height of a tile.
    pub(crate) height: f64,
    /// Tiles on a full page.
    pub(crate) per_page: usize,
    /// Pages; at least one.
    pub(crate) pages: usize,
}

/// How a page looks on which one picture is large: the others stand beside it, or under it where the space is upright.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Stage {
    /// Height of the place for what is large, in CSS pixels.
    pub(crate) large: f64,
    /// Its width.
    pub(crate) across: f64,
    /// Width of the small ones.
    pub(crate) width: f64,
    /// Their height.
    pub(crate) height: f64,
    /// How many of them there is room for.
    pub(crate) film: usize,
    /// They stand under the large one.
    pub(crate) below: bool,
}

/// Width of the small tiles beside a large one: faces can be told apart, letters keep their room.
const FILM_WIDTH: f64 = 212.0;

/// Small tiles under a large one are no wider than so many side by side would be, where there is room.
const WIDE_FILM: f64 = 4.0;

/// Lays out one large picture and `others` small ones.
pub(crate) fn stage(others: usize, space: Space) -> Stage {
    let below = space.width < space.height;
    let (width, height) = if below {
        let most = (others as f64).max(WIDE_FILM);
        let columns = ((space.width + space.gap) / (FILM_WIDTH / 1.5 + space.gap)).floor();
        let columns = within(columns, 1.0, most);
        let width = ((space.width - space.gap * (columns - 1.0)) / columns).floor().max(0.0);
        (width, (width / WIDEST).floor())
    } else {
        (FILM_WIDTH, (FILM_WIDTH / WIDEST).floor())
    };
    let (along, tile) = if below { (space.width, width) } else { (space.height, height) };
    let film = (((along + space.gap) / (tile + space.gap)).floor().max(1.0) as usize).min(others);
    let large = if below && film > 0 { (space.height - height - space.gap).max(0.0) } else { space.height };
    let across = if !below && film > 0 { (space.width - width - space.gap).max(0.0) } else { space.width };
    Stage { large, across, width, height, film, below }
}

/// Where one of the large pictures stands in their place, in CSS pixels from where reading begins.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Rect {
    /// From the side where reading begins.
    pub(crate) x: f64,
    /// From above.
    pub(crate) y: f64,
    /// Width.
    pub(crate) width: f64,
    /// Height.
    pub(crate) height: f64,
}

/// Where `at` of `count` large pictures stands: one has all of the place, several share it evenly, the last row in the middle.
pub(crate) fn large_place(at: usize, count: usize, stage: Stage, gap: f64) -> Rect {
    let (width, height) = (stage.across, stage.large);
    let whole = Rect { x: 0.0, y: 0.0, width, height };
    if count <= 1 {
        return whole;
    }
    let space = Space { width, height, gap, narrowest: 4.0 / 3.0, least: 0.0, most: count };
    let Some(page) = fit(count, space) else { return whole };
    let (row, column) = (at / page.columns, at % page.columns);
    let in_row = page.columns.min(count - row * page.columns) as f64;
    let long = |tiles: f64, tile: f64| tiles * tile + (tiles - 1.0) * gap;
    let left = (width - long(in_row, page.width)) / 2.0;
    let above = (height - long(page.rows as f64, page.height)) / 2.0;
    let from = |begin: f64, number: usize, tile: f64| (begin + number as f64 * (tile + gap)).max(0.0).floor();
    Rect { x: from(left, column, page.width), y: from(above, row, page.height), width: page.width, height: page.height }
}

/// Lays out `people` tiles.
pub(crate) fn layout(people: usize, space: Space) -> Layout {
    let people = people.max(1);
    let mut per_page = people.min(space.most);
    let mut best = fit(per_page, space);
    while per_page > 1 && best.is_none_or(|at| at.width < space.least) {
        per_page -= 1;
        best = fit(per_page, space);
    }
    let pages = people.div_ceil(per_page);
    Layout { per_page, pages, ..best.unwrap_or_default() }
}

/// The best page of `tiles` tiles, or nothing when there is no space at all.
fn fit(tiles: usize, space: Space) -> Option<Layout> {
    let candidates = (1..=tiles).filter_map(|columns| candidate(tiles, columns, space));
    // One whose tiles are wide enough is better than any whose are not: these would open a further page.
    let enough = |at: Layout| at.width >= space.least;
    let best = candidates.fold(None, |best: Option<(Layout, f64)>, (at, score)| match best {
        Some((other, highest)) if (enough(at), score) <= (enough(other), highest) => best,
        _ => Some((at, score)),
    });
    best.map(|(at, _)| at)
}

/// The largest tile with this many columns, and what it is worth.
fn candidate(tiles: usize, columns: usize, space: Space) -> Option<(Layout, f64)> {
    let rows = tiles.div_ceil(columns);
    let cell_width = (space.width - space.gap * (columns as f64 - 1.0)) / columns as f64;
    let cell_height = (space.height - space.gap * (rows as f64 - 1.0)) / rows as f64;
    if cell_width <= 0.0 || cell_height <= 0.0 {
        return None;
    }
    let aspect = within(cell_width / cell_height, space.narrowest, WIDEST);
    let width = cell_width.min(cell_height * aspect).floor();
    let height = (width / aspect).floor();
    let empty = (columns * rows - tiles) as f64;
    Some((Layout { columns, rows, width, height, per_page: tiles, pages: 1 }, width * height * (1.0 - 0.01 * empty)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desktop(people: usize) -> Layout {
        layout(people, Space::new(1256.0, 646.0, 10.0, false))
    }

    #[test]
    fn agrees_with_the_reference_of_the_design() {
        // Sizes that the design's own layout.mjs gives for its mocks (1280 x 800 and 390 x 844).
        let four = desktop(4);
        assert_eq!((four.columns, four.rows, four.width, four.height), (2, 2, 565.0, 317.0));
        let phone = layout(4, Space::new(374.0, 659.0, 8.0, false));
        assert_eq!((phone.columns, phone.rows, phone.width, phone.height), (2, 2, 183.0, 325.0));
    }

    #[test]
    fn every_tile_fits_and_keeps_its_aspect() {
        for people in 1..60 {
            for (width, height) in [(1256.0, 646.0), (870.0, 646.0), (374.0, 659.0), (700.0, 300.0), (2500.0, 1300.0)] {
                let space = Space::new(width, height, 10.0, true);
                let at = layout(people, space);
                let (columns, rows) = (at.columns as f64, at.rows as f64);
                assert!(columns * at.width + (columns - 1.0) * space.gap <= width, "{people} in {width}x{height}");
                assert!(rows * at.height + (rows - 1.0) * space.gap <= height + 0.5, "{people} in {width}x{height}");
                let aspect = at.width / at.height;
                assert!(aspect > space.narrowest * 0.97 && aspect < WIDEST * 1.03, "{people}: {aspect}");
                assert!(at.per_page * at.pages >= people && at.per_page * (at.pages - 1) < people);
                assert!(at.per_page <= space.most);
            }
        }
    }

    #[test]
    fn two_people_are_equal_and_side_by_side_on_a_desktop() {
        assert_eq!((desktop(2).columns, desktop(2).rows), (2, 1));
    }

    #[test]
    fn many_people_get_pages_and_not_a_remainder() {
        assert_eq!(desktop(25).pages, 1);
        assert_eq!(desktop(26).pages, 2);
        assert_eq!(layout(9, Space::new(374.0, 659.0, 8.0, false)).pages, 2);
    }

    #[test]
    fn what_fits_in_wide_enough_tiles_is_not_put_on_two_pages() {
        // 7 × 4 would be larger than 5 × 5, and too narrow.
        let at = layout(25, Space::new(1_256.0, 576.0, 10.0, false));
        assert_eq!((at.columns, at.rows, at.pages), (5, 5, 1));
    }

    #[test]
    fn forty_nine_stand_on_one_page_of_a_wide_screen_for_who_wants_it() {
        let pages = |width, many| layout(49, Space::new(width, 1_000.0, 10.0, many)).pages;
        assert_eq!([pages(1_896.0, true), pages(1_896.0, false), pages(1_700.0, true)], [1, 2, 2]);
        let at = layout(49, Space::new(1_896.0, 900.0, 10.0, true));
        assert!(at.pages == 1 && at.width >= 180.0, "{at:?}");
        assert_eq!(layout(50, Space::new(1_896.0, 1_000.0, 10.0, true)).pages, 2);
    }

    #[test]
    fn large_pictures_share_their_place_and_none_lies_over_another() {
        for (width, height) in [(1256.0, 646.0), (374.0, 659.0), (700.0, 300.0)] {
            let space = Space::new(width, height, 10.0, false);
            for (count, others) in (1..=4).flat_map(|count| [(count, 0), (count, 1), (count, 9)]) {
                let stage = stage(others, space);
                let all: Vec<Rect> = (0..count).map(|at| large_place(at, count, stage, 10.0)).collect();
                for (at, one) in all.iter().enumerate() {
                    assert!(one.width > 60.0 && one.x >= 0.0 && one.y >= 0.0, "{one:?}");
                    assert!(
                        one.x + one.width <= stage.across + 0.5 && one.y + one.height <= stage.large + 0.5,
                        "{one:?} in {stage:?}"
                    );
                    for other in &all[at + 1..] {
                        let apart = one.x + one.width <= other.x || other.x + other.width <= one.x;
                        assert!(apart || one.y + one.height <= other.y || other.y + other.height <= one.y, "{one:?} {other:?}");
                    }
                }
            }
            let alone = large_place(0, 1, stage(3, space), 10.0);
            assert_eq!((alone.width, alone.height), (stage(3, space).across, stage(3, space).large), "one has all of it");
        }
    }

    #[test]
    fn beside_a_large_picture_stand_as_many_as_fit() {
        let desktop = |others| stage(others, Space::new(1256.0, 646.0, 10.0, false));
        assert_eq!((desktop(3).film, desktop(9).film, desktop(9).large), (3, 5, 646.0));
        assert!(5.0 * desktop(9).height + 4.0 * 10.0 <= 646.0 && !desktop(9).below);
        let phone = stage(6, Space::new(374.0, 659.0, 8.0, false));
        assert!(phone.below && phone.film == 2 && phone.large + phone.height + 8.0 <= 659.0, "{phone:?}");
        assert!(phone.film as f64 * phone.width + 8.0 <= 374.0);
        assert_eq!(stage(0, Space::new(374.0, 659.0, 8.0, false)).film, 0);
    }

    #[test]
    fn under_a_large_picture_a_further_one_stands_where_it_fits() {
        let upright = |others| stage(others, Space::new(900.0, 1_100.0, 10.0, false));
        assert_eq!((upright(5).film, upright(6).film, upright(7).film), (5, 6, 6));
        assert_eq!(upright(2).width, upright(4).width, "few do not grow");
    }

    #[test]
    fn no_space_is_survived() {
        assert_eq!(stage(3, Space::new(0.0, 0.0, 10.0, false)).film, 1);
        assert_eq!(layout(3, Space::new(0.0, 0.0, 10.0, false)).pages, 3);
    }
}
