"""A fact that is written wrong is a fault of its file, told with the key, the value and what is allowed."""

from __future__ import annotations

import pytest

from scheduler.formulary.errors import FormularyError
from scheduler.formulary.reading import read_entry
from tests.formulary.test_broken_formulary_files import GOOD

NO_AMOUNT = 'is not a number, a space and a unit, such as "100 ug" or "7.5 mg"'
NO_INTERVAL = 'is not a whole number, a space and d, wk or mo, such as "4 wk"'
NO_LENGTH = 'is not a whole number, a space and min, h or d, such as "30 min"'
NO_STEP = 'is not an amount such as "20 mg" or "20 mg every 2 d"'
NO_BOOLEAN = "Input should be a valid boolean"
NOT_IN_ORDER = "is longer at least than at most"
EMPTY = "Tuple should have at least 1 item after validation, not 0"
FASTING = "before_meal and after_meal go with mode fasting, both of them"
CLASSES = (
    "'somatostatin-analogue', 'long-acting', 'short-acting', 'mtor-inhibitor', 'kinase-inhibitor', "
    "'tryptophan-hydroxylase-inhibitor', 'radioligand', 'cytotoxic' or 'enzyme'"
)

TABLES = {
    "givers": '[givers]\nwho = ["patient"]\n',
    "recurrence": '[[recurrence]]\nevery = "4 wk"\nper_day = [1, 2]\nuse = "tumours"\noff_label = true\n',
    "strength": '[[strength]]\namounts = ["5 mg", "10 mg"]\ncontainer = "syringe"\nvolume = "0.5 mL"\n',
    "daily_range": '[[daily_range]]\nleast = "100 ug"\nmost = "600 ug"\nuse = "tumours"\n',
    "labelled_dose": '[[labelled_dose]]\namount = "10 mg"\nuse = "start"\n',
    "ladder": '[[ladder]]\nsteps = ["40 mg", "20 mg", "20 mg every 2 d"]\nuse = "tumours"\n',
    "bridge": '[bridge]\nleast = "14 d"\ntext = "The short-acting form goes on."\n',
    "preparation": '[[preparation]]\nlead = ["30 min", "60 min"]\ntext = "Take it out."\n',
    "separation": (
        '[[separation]]\nkind = "other-follows"\nother = "lar"\nleast = "4 h"\nmost = "24 h"\n'
        'text = "It follows."\n'
    ),
    "surgery": '[surgery]\nbefore = "21 d"\nafter = "14 d"\ndental = true\ntext = "None around it."\n',
    "sites": (
        '[sites]\norder = ["thigh-left", "thigh-right"]\nrotation = "alternate-sides"\navoid = "The arm."\n'
    ),
    "storage": (
        '[[storage]]\nkeeping = "out-of-fridge"\nlabeler = "Maker"\nlimit = "24 h"\nmost_celsius = 40\n'
        'may_return = true\ntext = "A day."\n'
    ),
    "monitoring": '[[monitoring]]\ntext = "Blood."\n',
    "side_effect": '[[side_effect]]\nurgent = true\ntext = "Bleeding."\n',
    "code": '[[code]]\nsystem = "ATC"\nvalue = "H01CB02"\n',
    "not_interchangeable": '[[not_interchangeable]]\nnames = ["capsule"]\ntext = "It is another."\n',
}


def with_table(table: str) -> str:
    """The good file with ``table``, from its label."""
    return GOOD.replace("[missed]", f'{table}source = "label"\n\n[missed]', 1)


def fault_of(content: str) -> str:
    with pytest.raises(FormularyError) as raised:
        read_entry("tablet.us.toml", content.encode())
    [fault] = raised.value.faults
    return str(fault).removeprefix("tablet.us.toml: ")


@pytest.mark.parametrize("table", TABLES)
def test_a_table_that_is_right_is_read(table: str) -> None:
    assert read_entry("tablet.us.toml", with_table(TABLES[table]).encode())


@pytest.mark.parametrize("table", TABLES)
def test_a_table_without_a_source_is_a_fault(table: str) -> None:
    found = fault_of(GOOD.replace("[missed]", f"{TABLES[table]}\n[missed]", 1))
    if table == "not_interchangeable":
        assert found.endswith("names its source, or says unverified = true")
    else:
        assert found in {f"{table}.source: is missing", f"{table}[0].source: is missing"}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_with_a_key_of_its_own_is_a_fault(table: str) -> None:
    assert fault_of(with_table(TABLES[table] + "colour = 1\n")).endswith(
        ".colour = 1: is no key of this table"
    )


@pytest.mark.parametrize(
    ("table", "before", "after", "fault"),
    [
        (
            "givers",
            '["patient"]',
            '["nurse"]',
            "givers.who[0] = 'nurse': Input should be 'patient', 'carer' or 'healthcare-professional'",
        ),
        ("givers", '["patient"]', "[]", f"givers.who = []: {EMPTY}"),
        ("recurrence", '"4 wk"', '"4 weeks"', f"recurrence[0].every = '4 weeks': '4 weeks' {NO_INTERVAL}"),
        ("recurrence", "[1, 2]", "[1]", "recurrence[0].per_day[1]: is missing"),
        (
            "recurrence",
            "[1, 2]",
            "[0, 2]",
            "recurrence[0].per_day[0] = 0: Input should be greater than or equal to 1",
        ),
        (
            "recurrence",
            "[1, 2]",
            '["1", 2]',
            "recurrence[0].per_day[0] = '1': Input should be a valid integer",
        ),
        (
            "recurrence",
            "[1, 2]",
            "[3, 2]",
            "recurrence[0].per_day = [3, 2]: has more at least than at most",
        ),
        ("recurrence", "off_label = true", "off_label = 1", f"recurrence[0].off_label = 1: {NO_BOOLEAN}"),
        ("recurrence", 'use = "tumours"', "", "recurrence[0].use: is missing"),
        ("strength", '"5 mg"', '"5mg"', f"strength[0].amounts[0] = '5mg': '5mg' {NO_AMOUNT}"),
        (
            "strength",
            '"5 mg"',
            '"5 kg"',
            (
                "strength[0].amounts[0] = '5 kg': the unit 'kg' is not one of "
                "ug, mg, g, mL, [iU], GBq, {tablet}, {capsule}"
            ),
        ),
        (
            "strength",
            '"10 mg"',
            '"5 mg"',
            "strength[0].amounts = ['5 mg', '5 mg']: holds a value twice",
        ),
        ("strength", '["5 mg", "10 mg"]', "[]", f"strength[0].amounts = []: {EMPTY}"),
        (
            "strength",
            '"0.5 mL"',
            '"0.5 ml"',
            "strength[0].volume = '0.5 ml': '0.5 ml' is not a volume such as \"0.5 mL\"",
        ),
        (
            "strength",
            '"0.5 mL"',
            '"0.0 mL"',
            "strength[0].volume = '0.0 mL': '0.0 mL' is not a volume such as \"0.5 mL\"",
        ),
        ("daily_range", '"100 ug"', '"100"', f"daily_range[0].least = '100': '100' {NO_AMOUNT}"),
        (
            "labelled_dose",
            '"10 mg"',
            '"0 mg"',
            "labelled_dose[0].amount = '0 mg': the amount 0 is not between 0 and 1,000,000",
        ),
        (
            "ladder",
            '["40 mg", "20 mg", "20 mg every 2 d"]',
            '["40 mg"]',
            "ladder[0].steps = ['40 mg']: Tuple should have at least 2 items after validation, not 1",
        ),
        (
            "ladder",
            '"20 mg every 2 d"',
            '"20 mg every 2 h"',
            f"ladder[0].steps[2] = '20 mg every 2 h': '2 h' {NO_INTERVAL}",
        ),
        ("ladder", '"20 mg every 2 d"', '"stop"', f"ladder[0].steps[2] = 'stop': 'stop' {NO_STEP}"),
        (
            "ladder",
            '"40 mg", "20 mg"',
            '"20 mg", "40 mg"',
            ("ladder[0].steps = ['20 mg', '40 mg', '20 mg every 2 d']: does not lead down in one unit"),
        ),
        (
            "ladder",
            '"40 mg"',
            '"40 g"',
            "ladder[0].steps = ['40 g', '20 mg', '20 mg every 2 d']: does not lead down in one unit",
        ),
        ("bridge", '"14 d"', '"2 wk"', f"bridge.least = '2 wk': '2 wk' {NO_LENGTH}"),
        ("bridge", '"14 d"', '"30 h"', "bridge.least = '30 h': is no number of whole days"),
        ("preparation", '"30 min", "60 min"', "", f"preparation[0].lead = []: {EMPTY}"),
        (
            "preparation",
            '"60 min"',
            '"60 min", "2 h"',
            (
                "preparation[0].lead = ['30 min', '60 min', '2 h']: "
                "Tuple should have at most 2 items after validation, not 3"
            ),
        ),
        (
            "preparation",
            '"30 min"',
            '"2 h"',
            f"preparation[0].lead = ['2 h', '60 min']: {NOT_IN_ORDER}",
        ),
        (
            "preparation",
            '"30 min"',
            '"half an hour"',
            f"preparation[0].lead[0] = 'half an hour': 'half an hour' {NO_LENGTH}",
        ),
        (
            "separation",
            "other-follows",
            "other-before",
            (
                "separation[0].kind = 'other-before': "
                "Input should be 'none-before', 'other-after' or 'other-follows'"
            ),
        ),
        ("separation", '"4 h"', '"4 hours"', f"separation[0].least = '4 hours': '4 hours' {NO_LENGTH}"),
        (
            "separation",
            'other = "lar"',
            'classes = ["depot"]',
            f"separation[0].classes[0] = 'depot': Input should be {CLASSES}",
        ),
        ("surgery", '"21 d"', '"3 wk"', f"surgery.before = '3 wk': '3 wk' {NO_LENGTH}"),
        ("surgery", "dental = true", 'dental = "yes"', f"surgery.dental = 'yes': {NO_BOOLEAN}"),
        ("surgery", "dental = true\n", "", "surgery.dental: is missing"),
        ("sites", '["thigh-left", "thigh-right"]', "[]", f"sites.order = []: {EMPTY}"),
        (
            "sites",
            '"thigh-right"',
            '"thigh-left"',
            "sites.order = ['thigh-left', 'thigh-left']: holds a value twice",
        ),
        (
            "sites",
            '"alternate-sides"',
            '"random"',
            "sites.rotation = 'random': Input should be 'alternate-sides' or 'never-twice-running'",
        ),
        (
            "storage",
            '"out-of-fridge"',
            '"shelf"',
            (
                "storage[0].keeping = 'shelf': "
                "Input should be 'fridge', 'room-temperature', 'out-of-fridge' or 'in-use'"
            ),
        ),
        ("storage", '"24 h"', '"a day"', f"storage[0].limit = 'a day': 'a day' {NO_LENGTH}"),
        (
            "storage",
            "most_celsius = 40",
            "most_celsius = 104",
            "storage[0].most_celsius = 104: Input should be less than or equal to 60",
        ),
        (
            "storage",
            "most_celsius = 40",
            'most_celsius = "40"',
            "storage[0].most_celsius = '40': Input should be a valid integer",
        ),
        ("storage", "may_return = true", "may_return = 1", f"storage[0].may_return = 1: {NO_BOOLEAN}"),
        (
            "monitoring",
            '"Blood."',
            '""',
            "monitoring[0].text = '': String should have at least 1 character",
        ),
        ("side_effect", "urgent = true", "urgent = 1", f"side_effect[0].urgent = 1: {NO_BOOLEAN}"),
        ("code", '"ATC"', '"PZN"', "code[0].system = 'PZN': Input should be 'ATC', 'RxNorm' or 'NDC'"),
        (
            "not_interchangeable",
            '"capsule"',
            '"Capsule"',
            (
                "not_interchangeable[0].names[0] = 'Capsule': "
                "String should match pattern '^[a-z0-9]+(-[a-z0-9]+)*$'"
            ),
        ),
    ],
)
def test_a_wrong_value_is_told_with_its_key_and_what_is_allowed(
    table: str, before: str, after: str, fault: str
) -> None:
    assert before in TABLES[table]
    assert fault_of(with_table(TABLES[table].replace(before, after, 1))) == fault


@pytest.mark.parametrize(
    ("table", "before", "after", "allowed"),
    [
        ("daily_range", '"100 ug"', '"700 ug"', "does not go up from least to most in one unit"),
        ("daily_range", '"100 ug"', '"100 mg"', "does not go up from least to most in one unit"),
        ("separation", 'other = "lar"\n', "", "names either another product or classes"),
        (
            "separation",
            'other = "lar"',
            'other = "lar"\nclasses = ["enzyme"]',
            "names either another product or classes",
        ),
        ("separation", "other-follows", "other-after", "most goes with kind other-follows"),
        ("separation", 'most = "24 h"\n', "", "most goes with kind other-follows"),
        ("separation", '"24 h"', '"2 h"', NOT_IN_ORDER),
        (
            "not_interchangeable",
            'text = "It is another."',
            'text = "It is another."\nunverified = true',
            "names its source, or says unverified = true",
        ),
    ],
)
def test_keys_that_do_not_go_together_are_told_with_their_table(
    table: str, before: str, after: str, allowed: str
) -> None:
    assert before in TABLES[table]
    fault = fault_of(with_table(TABLES[table].replace(before, after, 1)))
    assert fault.startswith(f"{table}[0] = {{")
    assert fault.endswith(f"}}: {allowed}")


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        (
            'mode = "hungry"',
            (
                "food.mode = 'hungry': "
                "Input should be 'fasting', 'with-food', 'consistent', 'between-meals' or 'any'"
            ),
        ),
        ('mode = "fasting"', f"}}: {FASTING}"),
        ('mode = "fasting"\nbefore_meal = "60 min"', f"}}: {FASTING}"),
        ('mode = "any"\nbefore_meal = "60 min"\nafter_meal = "2 h"', f"}}: {FASTING}"),
        ('mode = "any"\nafter_meal = "2 h"', f"}}: {FASTING}"),
        (
            'mode = "fasting"\nbefore_meal = "1 hour"\nafter_meal = "2 h"',
            f"food.before_meal = '1 hour': '1 hour' {NO_LENGTH}",
        ),
    ],
)
def test_food_has_a_mode_and_fasting_has_both_its_times(keys: str, fault: str) -> None:
    found = fault_of(GOOD.replace('mode = "with-food"', keys, 1))
    assert found.startswith("food")
    assert found.endswith(fault)


@pytest.mark.parametrize("extra", ["limit_hours = 6", 'text = "Ask."'])
def test_a_missed_dose_that_is_skipped_has_no_limit_and_no_words_of_its_own(extra: str) -> None:
    content = GOOD.replace('rule = "until-next"\nlimit_hours = 12', f'rule = "skip"\n{extra}', 1)
    assert fault_of(content).endswith("is no key of this table")


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ('classes = ["pill"]', f"classes[0] = 'pill': Input should be {CLASSES}"),
        ('unverified = ["Food", "Food"]', "unverified = ['Food', 'Food']: holds a value twice"),
        ('unverified = [" "]', "unverified[0] = ' ': String should have at least 1 character"),
    ],
)
def test_the_lists_of_the_file_itself(key: str, fault: str) -> None:
    assert fault_of(GOOD.replace("depot = false", f"depot = false\n{key}", 1)) == fault


def test_a_list_is_not_also_too_short_because_what_stands_in_it_is_wrong() -> None:
    assert fault_of(with_table(TABLES["ladder"].replace('"20 mg"', '"20"', 1))).startswith(
        "ladder[0].steps[1]"
    )
