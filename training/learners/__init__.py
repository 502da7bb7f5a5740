"""What is fitted: boosting, regressions, tables, calibration, baselines."""
