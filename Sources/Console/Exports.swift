@_exported public import JSON  // What commands print are JSON values: one import is enough for a command.
