"""Speed and memory, measured in one run: ``make bench``. Timings are of one machine and moment; ratios are what to compare.

``python -m benchmarks`` appends a record to ``history.jsonl``; ``docs/performance.md`` shows the last one. ``--full`` also
measures what takes minutes.
"""
