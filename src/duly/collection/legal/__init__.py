"""The in-house legal department: questions, letters of demand, matters before a court, settlement, evidence."""
