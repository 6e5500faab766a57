"""Patient-years in minutes: the real planner, queue and dispatcher, invented people, and time that jumps.

1. `invented` makes patients by number, each with a course of a protocol, habits and contact points.
2. `people` lets them record, move, travel, and be amended, by what they hear and by chance.
3. `troubles` ends daemons, providers' patience and clocks' truth, by chance.
4. `clinic` jumps from one instant at which there is something to do to the next.
5. `judge` looks at every message as it leaves, and `verdict` at every dose at the end.

Everything is chosen by one seed, so that a case can be had again.
"""
