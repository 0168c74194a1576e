from harness.rules.commands import rules_command

rules_command(prog_name="python -m harness.rules")
