public import ChatModels
public import MemoryIndex

/// Memory that is searched by what a model thinks alike.
extension OpenAIEmbeddings: EmbeddingSource {}
