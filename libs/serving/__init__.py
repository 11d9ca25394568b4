"""What every service process has: settings, logs, problem details, health, metrics, shutdown."""
