@_exported public import StreamCore  // Topics, serdes and time: one import is enough for a pipeline.
@_exported public import Topology  // Stores and policies, for the same reason.
