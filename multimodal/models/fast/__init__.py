"""The same nets faster on a CPU, where no gradient is asked for."""
