@_exported public import StreamDSL  // A pipeline with agents needs the streams too.
