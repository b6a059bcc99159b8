@_exported public import Schemas  // Tools and structured answers are described by JSON schemas.
