//! Elements, as Leptos builds them, with the types of what is inside left behind at once.
//!
//! Invariant: a closure, a child or a value is put into a box before Leptos sees it. Leptos compiles all of its machinery anew for each
//! type, and each closure is a type of its own: with the types kept, that was a ninth of the module (audits/decisions/0038).
//!
//! Everything is called as in Leptos, since the traits have the names that they have there; a module that builds elements imports
//! [`prelude`] and not Leptos' own.

use leptos::{
    attr::custom::CustomAttr,
    ev::EventDescriptor,
    html::{ElementType, HtmlElement},
    prelude::{AddAnyAttr, AnyView, For, ForProps, RenderHtml},
    tachys::html::{
        attribute::Attribute, attribute::AttributeValue, class::IntoClass, directive::Directive, property::IntoProperty,
        style::IntoStyle,
    },
};
use std::{
    any::Any,
    hash::{Hash, Hasher},
    sync::Arc,
};
use web_sys::Element;

/// What a module that builds elements needs.
pub(crate) mod prelude {
    pub(crate) use super::{
        AriaAttributes, ClassAttribute, CustomAttribute, DirectiveAttribute, ElementChild, GlobalAttributes, IntoAny,
        OnAttribute, PropAttribute, StyleAttribute, html, keyed,
    };
    pub(crate) use crate::ui::reactive::{ArcRwSignal, Effect, Memo, Read, RwSignal, Signal, StoredValue, on_cleanup};
    pub(crate) use leptos::prelude::*;
}

/// The elements of a page, all of one type but for those that have nothing in them.
pub(crate) mod html {
    use leptos::html::{Custom, HtmlElement, custom};
    pub(crate) use leptos::html::{br, hr, img, input};

    macro_rules! elements {
        ($($name:ident $tag:literal),*) => {$(
            pub(crate) fn $name() -> HtmlElement<Custom<&'static str>, (), ()> {
                custom($tag)
            }
        )*};
    }

    // In capitals, as a page names its elements: Leptos keeps an element that is built again if it has this name.
    elements! {
        a "A", aside "ASIDE", audio "AUDIO", b "B", button "BUTTON", dd "DD", details "DETAILS", dialog "DIALOG", div "DIV", dl "DL", dt "DT",
        fieldset "FIELDSET", figcaption "FIGCAPTION", figure "FIGURE", footer "FOOTER", form "FORM", h1 "H1", h2 "H2", h3 "H3",
        header "HEADER", i "I", kbd "KBD", label "LABEL", legend "LEGEND", li "LI", main "MAIN", ol "OL", option "OPTION", p "P",
        progress "PROGRESS", section "SECTION", select "SELECT", small "SMALL", span "SPAN", summary "SUMMARY", textarea "TEXTAREA",
        ul "UL", video "VIDEO"
    }
}

type Boxed<T> = Box<dyn FnMut() -> T + Send>;

/// A value that stays, or a closure that yields one whenever what it looks at changes.
pub(crate) trait Value {
    /// It, with a closure in a box.
    type Out;
    fn boxed(self) -> Self::Out;
}

impl<F: FnMut() -> T + Send + 'static, T: 'static> Value for F {
    type Out = Boxed<T>;
    fn boxed(self) -> Boxed<T> {
        Box::new(self)
    }
}

/// A style or a class that has a name.
impl<V: Value> Value for (&'static str, V) {
    type Out = (&'static str, V::Out);
    fn boxed(self) -> Self::Out {
        (self.0, self.1.boxed())
    }
}

/// What can stand in an element.
pub(crate) trait IntoAny: Sized {
    /// It, of the one type that all views have.
    fn into_any(self) -> AnyView;
}

impl<F: FnMut() -> T + Send + 'static, T: IntoAny + 'static> IntoAny for F {
    fn into_any(mut self) -> AnyView {
        let boxed: Boxed<AnyView> = Box::new(move || self().into_any());
        leptos::prelude::IntoAny::into_any(boxed)
    }
}

impl<E: ElementType + 'static, At: Attribute + Send + 'static, Ch: RenderHtml + Send + 'static> IntoAny for HtmlElement<E, At, Ch>
where
    Self: RenderHtml,
{
    fn into_any(self) -> AnyView {
        leptos::prelude::IntoAny::into_any(self)
    }
}

impl<T: IntoAny> IntoAny for Option<T> {
    fn into_any(self) -> AnyView {
        leptos::prelude::IntoAny::into_any(self.map(IntoAny::into_any))
    }
}

impl<T: IntoAny> IntoAny for Vec<T> {
    fn into_any(self) -> AnyView {
        let all: Vec<AnyView> = self.into_iter().map(IntoAny::into_any).collect();
        leptos::prelude::IntoAny::into_any(all)
    }
}

impl IntoAny for AnyView {
    fn into_any(self) -> AnyView {
        self
    }
}

macro_rules! plain {
    ($($plain:ty),*) => {$(
        impl IntoAny for $plain {
            fn into_any(self) -> AnyView {
                leptos::prelude::IntoAny::into_any(self)
            }
        }
    )*};
}
plain!((), &'static str, String);

macro_rules! values {
    ($($plain:ty),*) => {$(
        impl Value for $plain {
            type Out = Self;
            fn boxed(self) -> Self {
                self
            }
        }
    )*};
}
values!(bool, &'static str, String, Option<&'static str>, Option<String>);

macro_rules! several {
    ($(($($name:ident),+))*) => {$(
        impl<$($name: IntoAny),+> IntoAny for ($($name,)+) {
            fn into_any(self) -> AnyView {
                #[expect(non_snake_case, reason = "the types' names serve for the values too")]
                let ($($name,)+) = self;
                vec![$($name.into_any()),+].into_any()
            }
        }
    )*};
}
several! { (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) (A, B, C, D, E, F, G) (A, B, C, D, E, F, G, H) }

/// `child`.
pub(crate) trait ElementChild: Sized {
    fn child<C: IntoAny>(self, child: C) -> <Self as leptos::prelude::ElementChild<AnyView>>::Output
    where
        Self: leptos::prelude::ElementChild<AnyView>,
    {
        leptos::prelude::ElementChild::child(self, child.into_any())
    }
}
impl<E, At, Ch> ElementChild for HtmlElement<E, At, Ch> {}

/// What happens with an event of a kind.
type Act<E> = Box<dyn FnMut(<E as EventDescriptor>::EventType)>;

/// `on`.
pub(crate) trait OnAttribute: Sized {
    fn on<E: EventDescriptor, F: FnMut(E::EventType) + 'static>(
        self,
        event: E,
        act: F,
    ) -> <Self as leptos::prelude::OnAttribute<E, Act<E>>>::Output
    where
        Self: leptos::prelude::OnAttribute<E, Act<E>>,
    {
        let act: Act<E> = Box::new(act);
        leptos::prelude::OnAttribute::on(self, event, act)
    }
}
impl<E, At, Ch> OnAttribute for HtmlElement<E, At, Ch> {}

/// `class`.
pub(crate) trait ClassAttribute: Sized {
    fn class<V: Value<Out: IntoClass>>(self, value: V) -> <Self as leptos::prelude::ClassAttribute<V::Out>>::Output
    where
        Self: leptos::prelude::ClassAttribute<V::Out>,
    {
        leptos::prelude::ClassAttribute::class(self, value.boxed())
    }
}
impl<E, At, Ch> ClassAttribute for HtmlElement<E, At, Ch> {}

/// `style`.
pub(crate) trait StyleAttribute: Sized {
    fn style<V: Value<Out: IntoStyle>>(self, value: V) -> <Self as leptos::prelude::StyleAttribute<V::Out>>::Output
    where
        Self: leptos::prelude::StyleAttribute<V::Out>,
    {
        leptos::prelude::StyleAttribute::style(self, value.boxed())
    }
}
impl<E, At, Ch> StyleAttribute for HtmlElement<E, At, Ch> {}

/// `prop`.
pub(crate) trait PropAttribute: Sized {
    fn prop<V: Value<Out: IntoProperty>>(
        self,
        key: &'static str,
        value: V,
    ) -> <Self as leptos::prelude::PropAttribute<&'static str, V::Out>>::Output
    where
        Self: leptos::prelude::PropAttribute<&'static str, V::Out>,
    {
        leptos::prelude::PropAttribute::prop(self, key, value.boxed())
    }
}
impl<E, At, Ch> PropAttribute for HtmlElement<E, At, Ch> {}

/// An element with one attribute more.
type With<Element, V> = <Element as AddAnyAttr>::Output<CustomAttr<&'static str, <V as Value>::Out>>;

/// `attr`.
pub(crate) trait CustomAttribute: AddAnyAttr + Sized {
    fn attr<V: Value<Out: AttributeValue>>(self, key: &'static str, value: V) -> With<Self, V>
    where
        With<Self, V>: RenderHtml,
    {
        leptos::prelude::CustomAttribute::attr(self, key, value.boxed())
    }
}
impl<T: AddAnyAttr> CustomAttribute for T {}

macro_rules! attributes {
    ($name:ident: $($method:ident $key:literal),*) => {
        #[doc = concat!("Attributes that have a method each: ", $($key, " "),*)]
        pub(crate) trait $name: CustomAttribute {
            $(fn $method<V: Value<Out: AttributeValue>>(self, value: V) -> With<Self, V>
            where
                With<Self, V>: RenderHtml,
            {
                CustomAttribute::attr(self, $key, value)
            })*
        }
        impl<T: CustomAttribute> $name for T {}
    };
}
attributes! { AriaAttributes: aria_label "aria-label", aria_hidden "aria-hidden", aria_describedby "aria-describedby", aria_labelledby "aria-labelledby" }
attributes! { GlobalAttributes: id "id", role "role", lang "lang" }

/// What is done with an element once it is there.
type Run = Arc<dyn Fn(Element)>;
type There = Directive<(Element,), Run, ()>;

/// `directive`.
pub(crate) trait DirectiveAttribute: AddAnyAttr + Sized {
    fn directive(self, run: impl Fn(Element) + 'static) -> <Self as AddAnyAttr>::Output<There>
    where
        <Self as AddAnyAttr>::Output<There>: RenderHtml,
    {
        let run: Run = Arc::new(run);
        self.add_any_attr(leptos::tachys::html::directive::directive(run, ()))
    }
}
impl<E, At, Ch> DirectiveAttribute for HtmlElement<E, At, Ch> where Self: AddAnyAttr {}

/// A list whose entries keep their elements, wherever they move to, as long as they keep their key.
pub(crate) fn keyed<T, K, V>(
    each: impl Fn() -> Vec<T> + Send + Sync + 'static,
    key: fn(&T) -> K,
    child: impl Fn(T) -> V + Send + Sync + 'static,
) -> AnyView
where
    T: Send + 'static,
    K: Eq + Hash + Send + Sync + 'static,
    V: IntoAny + 'static,
{
    let child = Arc::new(child);
    let entry = move |thing: T| {
        let child = child.clone();
        Entry { key: Key(Arc::new(key(&thing))), build: Box::new(move || child(thing).into_any()) }
    };
    entries(Box::new(move || each().into_iter().map(&entry).collect()))
}

/// An entry of a list: what it is known by, and how its elements are built, should it have none yet.
struct Entry {
    key: Key,
    build: Box<dyn FnOnce() -> AnyView + Send>,
}

fn entries(each: Box<dyn Fn() -> Vec<Entry> + Send + Sync>) -> AnyView {
    let key = |entry: &Entry| entry.key.clone();
    let list = For(ForProps::builder().each(each).key(key).children(|entry: Entry| (entry.build)()).build());
    leptos::prelude::IntoAny::into_any(list)
}

/// A key of any type.
#[derive(Clone)]
struct Key(Arc<dyn AnyKey>);

trait AnyKey: Any + Send + Sync {
    fn is(&self, other: &dyn Any) -> bool;
    fn add_to(&self, hasher: &mut dyn Hasher);
}

impl<K: Eq + Hash + Send + Sync + 'static> AnyKey for K {
    fn is(&self, other: &dyn Any) -> bool {
        other.downcast_ref() == Some(self)
    }

    fn add_to(&self, mut hasher: &mut dyn Hasher) {
        self.hash(&mut hasher);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        let other: &dyn Any = &*other.0;
        self.0.is(other)
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.add_to(state);
    }
}
