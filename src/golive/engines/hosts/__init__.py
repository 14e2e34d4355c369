"""What golive sends to hosts: a playbook and its module, run there by their own Python."""
