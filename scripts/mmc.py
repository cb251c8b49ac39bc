"""The same M/M/c queue in Python, for `npm run bench`: a heap of events by hand (heapq), and simpy where it is there.

Reads {"servers": c, "arrivals": [...], "durations": [...]} in ms from standard input, in order of arrival. Writes, for
each way, how many seconds it took and the mean wait in ms.
"""

import heapq
import json
import sys
import time
from collections import deque


def with_heapq(servers, arrivals, durations):
    events = [(at, 1, i) for i, at in enumerate(arrivals)]
    heapq.heapify(events)
    free, waiting, waited = servers, deque(), 0.0
    while events:
        now, kind, i = heapq.heappop(events)
        if kind == 1:
            waiting.append(i)
        else:
            free += 1
        while free > 0 and waiting:
            j = waiting.popleft()
            waited += now - arrivals[j]
            free -= 1
            heapq.heappush(events, (now + durations[j], 0, j))
    return waited / len(arrivals)


def with_simpy(servers, arrivals, durations):
    import simpy

    environment = simpy.Environment()
    resource = simpy.Resource(environment, capacity=servers)
    waited = 0.0

    def job(i):
        nonlocal waited
        with resource.request() as request:
            yield request
            waited += environment.now - arrivals[i]
            yield environment.timeout(durations[i])

    def source():
        before = 0
        for i, at in enumerate(arrivals):
            yield environment.timeout(at - before)
            before = at
            environment.process(job(i))

    environment.process(source())
    environment.run()
    return waited / len(arrivals)


def main():
    given = json.load(sys.stdin)
    results = {}
    for name, run in (("heapq", with_heapq), ("simpy", with_simpy)):
        began = time.perf_counter()
        try:
            mean_wait = run(given["servers"], given["arrivals"], given["durations"])
        except ModuleNotFoundError:
            continue
        results[name] = {"seconds": time.perf_counter() - began, "meanWaitMs": mean_wait}
    json.dump(results, sys.stdout)


main()
