"""The conductor: processes, phases and interrupts. From a plan to a result."""
