"""A restart after 100,000 others that all count still, beside one after a few."""

from benchmarks import restart_storm
from benchmarks.subject import Subject, Within

SUBJECT = Subject(
    name="restart_flat",
    works={"ours": restart_storm.later, "few": restart_storm.ours},
    target=Within(1.3, 1.1),
    count=20_000,
    quick=200,
    than="few",
)
