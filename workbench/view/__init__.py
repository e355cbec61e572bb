"""What people see: state without a server, visual parts, and the pages made of them."""
