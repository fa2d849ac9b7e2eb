"""Tests of the pure core: no files, no processes, no clock but their own."""
