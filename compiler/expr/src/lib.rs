//! Expressions: dimensions, types, cost bounds; lowers to the program's expression data.
