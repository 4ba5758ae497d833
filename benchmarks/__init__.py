"""How every published figure is made: `python -m benchmarks.NAME`, results as JSON beside."""
