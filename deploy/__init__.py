"""What an installation of many machines needs: dashboards, rules, images."""
