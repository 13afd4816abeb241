"""``python -m calibration.measurement``: measure the scale again, and write the homes and what was found."""

from calibration.measurement.summary import main

if __name__ == "__main__":
    main()
