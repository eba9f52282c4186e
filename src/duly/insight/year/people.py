"""What simulated people are like, and what they do when something falls due or somebody speaks to them. Pure columns.

The shares and chances are assumptions, stated here and nowhere else. They are no forecast: a year shows that the house
holds under every sort of person, not how many of each there are.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Int64 = npt.NDArray[np.int64]

TEMPERS = ("punctual", "forgetful", "strained", "disputing", "in_hardship", "gone")
SHARES = (0.880, 0.065, 0.035, 0.004, 0.006, 0.010)
PUNCTUAL, FORGETFUL, STRAINED, DISPUTING, IN_HARDSHIP, GONE = range(len(TEMPERS))
SLIPS = 0.015  # chance that a punctual person is a day or two late
REMEMBERS_ALONE = 0.45  # chance that a forgetful person pays on the day
PAYS_WHEN_REMINDED = 0.55
STRAINED_PAYS = 0.70  # chance that a strained person can pay an installment at all
ANSWERS_A_MESSAGE, ANSWERS_A_CALL = 0.08, 0.65
WANTS_A_PLAN = 0.30  # of strained people who answer; the others promise
KEEPS_A_PROMISE, KEEPS_A_PLAN = 0.70, 0.75
BOUNCES = 0.004
NEVER = np.iinfo(np.int64).max


@dataclass
class People:
    """Everybody by number: their temper, and the day (since 1970) on which they mean to pay, NEVER where they do not.

    `asked` is whether they have done their one thing (disputed, asked for relief), `keeps` whether they keep a plan.
    """

    random: np.random.Generator
    temper: npt.NDArray[np.int64]
    pays_on: Int64
    asked: Bools
    keeps: Bools

    def fall_due(self, who: Int64, day: int) -> None:
        """Something falls due on `day` for these people: decide when each pays."""
        temper, lot = self.temper[who], self.random.random(len(who))
        when = np.full(len(who), NEVER)
        when[temper == PUNCTUAL] = day
        slips = (temper == PUNCTUAL) & (lot < SLIPS)
        when[slips] = day + self.random.integers(1, 3, int(slips.sum()))
        forgetful = temper == FORGETFUL
        late = self.random.integers(1, 25, len(who))
        when[forgetful] = np.where(lot < REMEMBERS_ALONE, day, day + late)[forgetful]
        able = (temper == STRAINED) & (lot < STRAINED_PAYS)
        when[able] = (day + self.random.integers(0, 12, len(who)))[able]
        for other in (DISPUTING, IN_HARDSHIP):
            willing = (temper == other) & self.asked[who]
            when[willing] = day
        self.pays_on[who] = np.where(when == NEVER, self.pays_on[who], when)

    def are_reminded(self, who: Int64, day: int) -> None:
        """A message came to these people: forgetful ones may pay that very day."""
        pays = (self.temper[who] == FORGETFUL) & (self.random.random(len(who)) < PAYS_WHEN_REMINDED)
        self.pays_on[who[pays]] = np.minimum(self.pays_on[who[pays]], day)

    def answer(self, who: Int64, *, called: bool) -> Int64:
        """Those of `who` who answer a message or a call: strained, disputing and in hardship, each in their way."""
        chance = ANSWERS_A_CALL if called else ANSWERS_A_MESSAGE
        able = np.isin(self.temper[who], (STRAINED, DISPUTING, IN_HARDSHIP))
        return who[able & (self.random.random(len(who)) < chance)]


def make_people(number: int, seed: int) -> People:
    """So many people, drawn by `seed`."""
    random = np.random.default_rng(seed)
    return People(
        random=random,
        temper=random.choice(len(TEMPERS), number, p=SHARES),
        pays_on=np.full(number, NEVER),
        asked=np.zeros(number, np.bool_),
        keeps=random.random(number) < KEEPS_A_PLAN,
    )
