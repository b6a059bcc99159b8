@_exported public import AgentOperators  // What it builds on is what its users write with.
