import ChatModels
import JSON
public import ModelContextProtocol

extension MCPClient {
    /// What a crash means for a tool of another server.
    public enum CallPolicy: Sendable, Hashable {
        /// A call that a crash cut off is made again: for tools that change nothing, or that know a call by its arguments.
        case again
        /// A call that a crash cut off is not made again; the model is told that it may have been.
        case once
    }

    /// The server's tools for a ``ReActAgent``: named and described as the server says, checked against its schemas.
    ///
    /// A call is a step of the handler's journal. Whether one that a crash cut off is made again is for `policy` to say: what the server says of
    /// itself (``MCPToolDeclaration/isReadOnly``) is only as good as the server, so without a policy nothing is called twice.
    ///
    /// - Parameters:
    ///   - prefix: put before each name, where two servers have tools of one name; letters, digits, `_` and `-`.
    ///   - requiresApproval: whether a person must agree to each call.
    ///   - policy: what a crash means.
    /// - Returns: the tools that the server has now, in its order.
    /// - Throws: ``MCPError`` when the server cannot be reached or does not answer.
    public func agentTools(
        prefix: String = "", requiresApproval: Bool = false,
        policy: (MCPToolDeclaration) -> CallPolicy = { _ in .once }
    ) async throws(MCPError) -> [Tool] {
        try await tools().map { declaration in
            let name = declaration.name
            return Tool(
                ToolDeclaration(
                    prefix + Self.modelName(name), declaration.description, parameters: Self.schema(declaration)),
                repeats: policy(declaration) == .again, requiresApproval: requiresApproval
            ) { [self] arguments in
                let result: MCPCallResult
                do throws(MCPError) { result = try await call(name, arguments) } catch {
                    guard !Task.isCancelled else { throw CancellationError() }
                    return .failed("\(error)", isRetryable: error.code == MCPError.unreachableCode)
                }
                return result.isError ? .failed(result.text, isRetryable: false) : .result(ToolText.cut(result.text))
            }
        }
    }

    /// Models take letters, digits, `_` and `-` only.
    private static func modelName(_ name: String) -> String {
        String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") ? $0 : "_" })
    }

    /// The schema as far as it can be checked here; one that cannot be is left for the server to check.
    private static func schema(_ declaration: MCPToolDeclaration) -> JSONSchema {
        (try? JSONSchema(declaration.inputSchema)) ?? .object([:])
    }
}
