"""The commands: flags in, exit codes out. The only click code; each command imports what it needs when it runs."""
