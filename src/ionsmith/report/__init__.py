"""Pictures and pages made from models and results."""
