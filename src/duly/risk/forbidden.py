"""What nobody may be judged by: columns that are never inputs, found by the words of their names.

Sources: 15 U.S.C. 1691(a) and 12 CFR 1002.6(b) (race, colour, religion, national origin, sex, marital status, age);
PIPL art. 24 (no unreasonable difference by automated decisions); GDPR art. 9 (special categories); EU 2023/2225
art. 18(3). Age alone may be asked by a knock-out of legal capacity (12 CFR 1002.6(b)(2)(i)); see `duly.risk.policy`.
"""

import re

# A name is taken apart at underscores, spaces, digits and capitals; one such part is enough.
_PARTS = frozenset((
    "sex", "gender", "male", "female", "marital", "marriage", "married", "single", "spouse", "divorced", "pregnant",
    "pregnancy", "age", "aged", "birth", "birthday", "birthdate", "dob", "nationality", "national", "citizenship",
    "ethnic", "ethnicity", "race", "racial", "colour", "color", "religion", "religious", "church", "faith",
    "political", "politics", "union", "disability", "disabled", "health", "medical", "genetic", "biometric",
    "orientation", "caste", "tribe", "native", "hometown", "birthplace", "zodiac", "name", "surname",
))  # fmt: skip
_CHINESE = (
    "性别", "婚姻", "已婚", "未婚", "离异", "生育", "怀孕", "年龄", "出生", "生日", "民族", "种族", "国籍", "宗教",
    "信仰", "政治面貌", "党员", "残疾", "健康", "病史", "籍贯", "户籍", "生肖", "星座", "姓名",
)  # fmt: skip
# The one field about age, which only a knock-out of legal capacity may ask.
AGE = "age_years"


def forbidden_part(name: str) -> str | None:
    """The part of a column's name that says it must not be an input; None where there is none."""
    for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name):
        if part.lower() in _PARTS:
            return str(part)
    return next((word for word in _CHINESE if word in name), None)
