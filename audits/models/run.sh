#!/bin/sh
# Runs the message models and compares with what each must say. A tool that is missing is skipped, and that is said.
#   PROVERIF=/path/to/proverif VERIFPAL=/path/to/verifpal ./run.sh
# Verifpal: P holds, F attack found; how many steps its search took is counted from the log it keeps of them.
# ProVerif: one letter a query in the order of the file (weak secret first): T proved, F attack found, ? cannot be proved.
set -u
cd "$(dirname "$0")"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
bad=0
proverif=${PROVERIF:-$(command -v proverif || true)}
verifpal=${VERIFPAL:-$(command -v verifpal || true)}

check() { # name, answer, expected
    if [ "$2" = "$3" ]; then printf 'ok        %-56s %s\n' "$1" "$2"; else printf 'DIFFERENT %-56s %s, expected %s\n' "$1" "$2" "$3"; bad=1; fi
}

pv() {
    "$proverif" -lib proverif/common.pvl "proverif/$1.pv" >"$out/pv" 2>&1
    answer=$(sed -n '/Verification summary/,$p' "$out/pv" | grep -E '^(Query|Weak)' |
        sed -E 's/.* is true\.$/T/; s/.* is false\.$/F/; s/.*cannot be proved.*/?/' | tr -d '\n')
    check "proverif $1" "$answer" "$2"
}

vp() {
    VERIFPAL_SOLVE_DEBUG=1 timeout 300 "$verifpal" verify "verifpal/$1.vp" --sessions "$3" >"$out/vp" 2>"$out/steps"
    answer=$(sed -n '/completed/,$p' "$out/vp" | sed -nE 's/^ +PASS \+ (conf|auth).*/P/p; s/^ +FAIL x (conf|auth).*/F/p' | tr -d '\n')
    check "verifpal $1 ($3 sessions, $(wc -l <"$out/steps") steps)" "$answer" "$2"
}

if [ -x "$proverif" ]; then
    pv 01_join TTTTF
    pv 01b_forward_secrecy TTTF
    pv 01c_quantum_as_written FTFTTF
    pv 01d_quantum_fixed FTTTTF
    pv 02_exmember FFFF
    pv 02b_exmember_safety_code TTF
    pv 03a_waiting_as_written FTFF
    pv 03b_waiting_fixed TTTF
    pv 03c_waiting_lazy FFFF
    pv 03d_waiting_link_pake TTTF
    pv 04_rejoin_as_written FF
    pv 04b_rejoin_fixed TF
    pv 04c_rejoin_no_challenge FF
    pv 05_names_as_written F
    pv 06_join_fixed TTTTTTF
    pv 07_waiting_built TTTTF
    pv 08_rejoin_built TTTF
    pv 08b_rejoin_insider TFTF
    pv mutants/mut1_no_keypackage_binding TTFFF
    pv mutants/mut2_no_link_in_prs_and_no_room_in_ci TTFFF
    pv mutants/mut3_no_groupinfo_signer_no_tagA TTFTF
    pv mutants/mut4_password_as_psk FTTTF
    pv mutants/mut5_no_state_in_ad TTFTF
    pv mutants/mut6_no_transcript_in_isk TTFFF
    pv mutants/mut7_words_without_run_and_answer ?T?TF
    pv mutants/mut8_words_without_newcomer FFFFF
    pv mutants/mut9_rejoin_without_signature FFFF
    pv mutants/mut10_rejoin_by_signature_alone FFFF
else
    echo "skipped   proverif: not found"
fi
if [ -x "$verifpal" ]; then
    vp waiting_as_written PFF 2
    vp waiting_fixed PPP 2
    vp join PPPPPP 1
    vp join_mutant_no_kp PPPFPP 1
else
    echo "skipped   verifpal: not found"
fi
exit $bad
