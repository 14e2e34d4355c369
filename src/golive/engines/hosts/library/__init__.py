"""Ansible modules of golive's own, found beside the playbook that uses them."""
