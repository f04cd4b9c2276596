"""The pair of `./dev bench years`, written for SimPy: how many years a second, and how available it is.

The same rules as in `src/study/years`: two nodes, up 1000 h and repaired within 10 h on average, a crew for each; when the
leader fails, the other node leads after 30 s on average, unless it fails before, or the old leader is back first. All times
are exponential. As there is a crew for each node nobody waits for one, so crews are left out here, which is in SimPy's favour.

    python3 pair.py [--years N] [--runs N] [--beside YEARS_A_SECOND]
"""

import argparse
import math
import statistics
import time
from random import Random

import simpy

HOUR = 1.0
YEAR = 365 * 24 * HOUR
MTTF = 1000 * HOUR
MTTR = 10 * HOUR
FAILOVER = 30 / 3600 * HOUR


class Pair:
    """Who is up, who leads, and for how long nobody has."""

    def __init__(self, env, random):
        self.env = env
        self.exponential = random.expovariate
        self.up = [True, True]
        self.leader = 0
        self.failover = None
        self.down_since = None
        self.down = 0.0
        self.outages = 0
        for node in (0, 1):
            env.process(self.live(node))

    def live(self, node):
        """A node fails and is repaired, for ever."""
        timeout, exponential = self.env.timeout, self.exponential
        while True:
            yield timeout(exponential(1 / MTTF))
            self.fail(node)
            yield timeout(exponential(1 / MTTR))
            self.repaired(node)

    def fail(self, node):
        self.up[node] = False
        if self.leader == node:
            self.leader = None
            self.down_since = self.env.now
            self.outages += 1
            if self.up[1 - node]:
                self.failover = self.env.process(self.take_over(1 - node))
        else:
            self.stop_failover()

    def repaired(self, node):
        self.up[node] = True
        if self.leader is None:
            self.stop_failover()
            self.lead(node)

    def take_over(self, node):
        try:
            yield self.env.timeout(self.exponential(1 / FAILOVER))
        except simpy.Interrupt:
            return
        self.failover = None
        self.lead(node)

    def stop_failover(self):
        if self.failover is not None:
            self.failover.interrupt()
            self.failover = None

    def lead(self, node):
        self.leader = node
        self.down += self.env.now - self.down_since
        self.down_since = None

    def year_down(self):
        """Time down since it was asked the last time."""
        if self.down_since is not None:
            self.down += self.env.now - self.down_since
            self.down_since = self.env.now
        down, self.down = self.down, 0.0
        return down


def run(seed, years):
    """Downtime of each year, and the outages of all."""
    env = simpy.Environment()
    pair = Pair(env, Random(seed))
    downs = []
    for year in range(1, years + 1):
        env.run(until=year * YEAR)
        downs.append(pair.year_down())
    return downs, pair.outages


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=int, default=10_000, help="years of each run")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--beside", type=float, help="years a second of the other simulator")
    options = parser.parse_args()
    speeds, downs, outages = [], [], 0
    for seed in range(options.runs):
        begun = time.perf_counter()
        of_years, begun_outages = run(seed, options.years)
        took = time.perf_counter() - begun
        print(f"  SimPy, seed {seed}: {begun_outages} outages in {took:.3f} s")
        speeds.append(options.years / took)
        downs += of_years
        outages += begun_outages
    speed = statistics.median(speeds)
    share = statistics.fmean(downs) / YEAR
    half = 1.96 * statistics.stdev(downs) / math.sqrt(len(downs)) / YEAR
    print(f"years of a pair, SimPy {simpy.__version__}: {speed:.0f} a second (median of {options.runs}, {min(speeds):.0f} to {max(speeds):.0f})")
    print(f"  unavailability {share:.4e}, 95 %: {share - half:.4e} to {share + half:.4e}; {outages / len(downs):.3f} outages a year")
    if options.beside:
        print(f"ours is {options.beside / speed:.0f} times as fast (bar 40, aim 80)")


if __name__ == "__main__":
    main()
