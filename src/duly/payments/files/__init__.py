"""Files for the bank: payments to make (pain.001), debits to collect (pain.008), and the folder they wait in."""
