"""A Metro 2 file put together piece by piece at the positions of the Credit Reporting Resource Guide.

Without the table under test: one record with all the segments that the format's published samples have, in the fixed
form (records of different lengths) and in the variable one (a line each, with block descriptors).
"""

HEADER = (
    "0470HEADER" + " " * 27 + "4444444444" + "10312026" + "11052026" * 3 + "EXAMPLE LENDER".ljust(40)
    + "1 EXAMPLE ROAD EXAMPLE CITY".ljust(96) + "5555550100"
).ljust(470)  # fmt: skip
_OTHER = "TWELVE".ljust(25) + "OTHER".ljust(20) + " " * 20 + "S" + "000000012" + "01021990" + "5555550102" + "2R "
BASE = (
    "1000" + "1" + "11052026011122" + "0" + "7777777".ljust(20) + "  " + "LOAN12".ljust(30) + "M" + "48" + "11222019"
    + "000000000" + "000002438" + "LOC" + " " + "000000000" + "000000100" + "62" + " " + "B" * 24 + "AS" + "XA"
    + "000002233" + "000000000" * 2 + "10312026" + "07192001" + "08022002" + "08022003" + " " + " " * 17
    + "TWELVE".ljust(25) + "BORROWER".ljust(20) + " " * 20 + "S" + "000000011" + "03181972" + "5555550101" + "1" + "  "
    + "US" + "12 EXAMPLE PLACE".ljust(32) + "SUITE #12".ljust(32) + "EXAMPLE CITY".ljust(20) + "MI" + "00012".ljust(9)
    + "Y" + "O"
)  # fmt: skip
SEGMENTS = (
    "J1 " + _OTHER + " "
    + "J2 " + _OTHER + "US" + "13 EXAMPLE PLACE".ljust(32) + "SUITE #13".ljust(32) + "EXAMPLE CITY".ljust(20) + "MI"
    + "00013".ljust(9) + "Y" + "O" + "  "
    + "K3" + "00" + " " * 18 + "Mortgage Number".ljust(18)
    + "L1" + "1" + "New Account".ljust(30) + " " * 20 + " "
    + "N1" + "Employer".ljust(30) + "First line".ljust(32) + "Second line".ljust(32) + "Example City".ljust(20) + "MI"
    + "00014".ljust(9) + "Occupation".ljust(18) + " "
)  # fmt: skip
_COUNTS = (
    [0, 1, 1, 3]  # status DF, J1, J2, records
    + [0] * 5 + [1] + [0] * 16  # statuses DA, 05, 11, 13, 61, then one of 62, then the others
    + [0]  # ECOA Z
    + [1, 0, 0, 1, 0, 1]  # employment, creditor, purchased, mortgage, payment, change
    + [3, 1, 1, 1] + [3, 1, 1, 1] + [3]
)  # fmt: skip
TRAILER = ("0426TRAILER" + "000000001" + " " * 9 + "".join(f"{count:09d}" for count in _COUNTS)).ljust(426)
FIXED = (HEADER + (BASE + SEGMENTS).ljust(1000) + TRAILER).encode()
VARIABLE = "\n".join(
    [("0496" + "0426" + HEADER[4:426]).ljust(496), ("0426" + BASE + SEGMENTS).ljust(1000), TRAILER]
).encode()
