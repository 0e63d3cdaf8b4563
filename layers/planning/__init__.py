"""Site visits planned: teams of two, days, hours, deadlines -> a timetable that explains itself."""

from layers.planning.planner import hold, move, plan_visits, replan
from layers.planning.solving import Progress
from layers.planning.wish import (
    MEMBERS_AT_LEAST,
    MINUTES_ON_SITE,
    Call,
    Change,
    Day,
    DayTour,
    Errand,
    Hours,
    LeftOut,
    Lock,
    Pause,
    Plan,
    Search,
    Team,
    Wish,
    errands_for,
)
from layers.planning.wish_checks import Problem, check_wish

__all__ = [
    "MEMBERS_AT_LEAST",
    "MINUTES_ON_SITE",
    "Call",
    "Change",
    "Day",
    "DayTour",
    "Errand",
    "Hours",
    "LeftOut",
    "Lock",
    "Pause",
    "Plan",
    "Problem",
    "Progress",
    "Search",
    "Team",
    "Wish",
    "check_wish",
    "errands_for",
    "hold",
    "move",
    "plan_visits",
    "replan",
]
