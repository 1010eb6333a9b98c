"""The database: its address, the engine, and transactions that behave the same on SQLite and PostgreSQL."""

from store.database.engine import Pool as Pool
from store.database.engine import begun as begun
from store.database.engine import make_engine as make_engine
from store.database.engine import try_file as try_file
from store.database.transactions import ReadTransaction as ReadTransaction
from store.database.transactions import Store as Store
from store.database.transactions import Transaction as Transaction
from store.database.transactions import holding as holding
from store.database.transactions import rehearsal as rehearsal
