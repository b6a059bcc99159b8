public import StreamCore

/// Reads a file, or standard input, as a whole.
public enum WholeFile {
    /// The most bytes that are read.
    public static let limit = 256 << 20

    /// The bytes of the file at `path`; `-` is standard input.
    ///
    /// Waits for the input's end.
    ///
    /// - Throws: ``CommandError`` with exit code `notFound` when it is not there, `failure` when it cannot be read or is larger
    ///   than ``limit``.
    public static func read(_ path: String) throws(CommandError) -> Bytes {
        var descriptor: Int32 = 0
        if path != "-" {
            let (opened, error) = SystemCalls.openForReading(path)
            guard error == 0 else { throw failure(path, error) }
            descriptor = opened
        }
        defer { if path != "-" { SystemCalls.closeDescriptor(descriptor) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 262_144)
        while true {
            let (count, error) = SystemCalls.receive(into: &buffer, from: descriptor)
            guard error == 0 else { throw failure(path, error) }
            guard count > 0 else { return Bytes(bytes) }
            bytes += buffer[..<count]
            guard bytes.count <= limit else {
                throw CommandError(.failure, "'\(path)' is larger than \(limit >> 20) MiB")
            }
        }
    }

    private static func failure(_ path: String, _ error: Int32) -> CommandError {
        CommandError(
            error == SystemCalls.noSuchFile ? .notFound : .failure,
            "cannot read '\(path)': \(SystemCalls.message(of: error))")
    }
}
