import CAvro
import StreamCore

/// libavro's own form of a schema.
///
/// Unchecked: the pointers are set once, libavro only reads behind them, and its reference counts are atomic.
final class AvroLibrary: @unchecked Sendable {
    private let schema: avro_schema_t
    private let interface: UnsafeMutablePointer<avro_value_iface_t>

    init(shape: String) throws(AvroSchemaError) {
        var made: avro_schema_t?
        var shape = shape
        let code = shape.withUTF8 { text in
            text.withMemoryRebound(to: CChar.self) { avro_schema_from_json_length($0.baseAddress, $0.count, &made) }
        }
        guard code == 0, let schema = made else {
            throw AvroSchemaError(path: "", message: Self.problem("read the schema"))
        }
        guard let interface = avro_generic_class_from_schema(schema) else {
            avro_schema_decref(schema)
            throw AvroSchemaError(path: "", message: Self.problem("use the schema"))
        }
        self.schema = schema
        self.interface = interface
    }

    deinit {
        avro_shim_iface_decref(interface)
        avro_schema_decref(schema)
    }

    /// What libavro says of its last failure on this thread.
    static func problem(_ action: String) -> String {
        "libavro could not \(action): \(avro_strerror().map { String(cString: $0) } ?? "it does not say why")"
    }

    /// A value with nothing in it, which the caller must free.
    func instance() throws(AvroError) -> Instance {
        var value = avro_value_t()
        guard avro_generic_value_new(interface, &value) == 0 else {
            throw AvroError(code: .unencodable, path: "", message: Self.problem("make a value"))
        }
        return Instance(value: value)
    }

    /// A value of libavro's.
    struct Instance {
        let value: avro_value_t

        func free() {
            var value = value
            avro_value_decref(&value)
        }

        /// Reads the value from bytes that ``AvroScan`` has passed.
        func read(_ bytes: Bytes) throws(AvroError) {
            var value = value
            let isRead = bytes.withUnsafeBytes { run -> Bool in
                // An empty run may have no address.
                guard let start = run.baseAddress else { return true }
                guard let reader = avro_reader_memory(start.assumingMemoryBound(to: CChar.self), Int64(run.count))
                else {
                    return false
                }
                defer { avro_reader_free(reader) }
                return avro_value_read(reader, &value) == 0
            }
            guard isRead else {
                throw AvroError(code: .malformed, path: "", message: AvroLibrary.problem("read the value"))
            }
        }

        func write(into output: inout ByteWriter) throws(AvroError) {
            var value = value
            var size = 0
            var isWritten = avro_value_sizeof(&value, &size) == 0
            let bytes = [UInt8](unsafeUninitializedCapacity: isWritten ? size : 0) { buffer, count in
                guard isWritten, let start = buffer.baseAddress, size > 0 else { return }
                let wasWritten = start.withMemoryRebound(to: CChar.self, capacity: size) { memory -> Bool in
                    guard let writer = avro_writer_memory(memory, Int64(size)) else { return false }
                    defer { avro_writer_free(writer) }
                    return avro_value_write(writer, &value) == 0 && avro_writer_tell(writer) == Int64(size)
                }
                if wasWritten { count = size } else { isWritten = false }
            }
            guard isWritten else {
                throw AvroError(code: .unencodable, path: "", message: AvroLibrary.problem("write the value"))
            }
            output.append(bytes)
        }
    }
}
