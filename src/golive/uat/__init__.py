"""UAT: scenarios in plain sentences, run through pytest by behave's own ``Scenario.run``."""
