"""How questions travel: one module a format, one schema for all."""
