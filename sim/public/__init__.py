"""What ``import wedge`` hands out: scenarios that run, results that show themselves, comparisons and their figures."""
