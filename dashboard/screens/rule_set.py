"""Rules: what the chosen rule set holds, with articles, on screen and as a page to print."""

from dashboard import reads, session
from dashboard.panels.rule_tables import show_rule_choice, show_rules
from dashboard.reports.rule_page import RulePage

view = session.current()
rules = reads.rule_set(view.rule_set) if view.rule_set else reads.rules()
names = reads.naming_under(rules, view.language)
page = RulePage(rules, names, reads.rules())

show_rule_choice(reads.all_rule_sets(), rules.id, page, names, session.look_at_rules)
show_rules(page, names)
