import CMicroHTTPD
import StreamCore

/// What the library calls, in its thread.
enum Callbacks {
    /// Comes once with the headers, then with each piece of the body, then with none, and again when the answer is there.
    static let access: MHD_AccessHandlerCallback = {
        context, connection, path, method, _, upload, uploadSize, slot in
        guard let context, let connection, let slot, let uploadSize else { return .NO }
        let core = Unmanaged<Daemon.Core>.fromOpaque(context).takeUnretainedValue()
        guard let known = slot.pointee else {
            var request = HTTPRequest(
                method: method.map { String(cString: $0) } ?? "", path: path.map { String(cString: $0) } ?? "")
            request.headers = fields(of: connection, .HEADER_KIND)
            request.query = fields(of: connection, .GET_ARGUMENT_KIND)
            let exchange = Exchange(connection, request, core)
            guard core.add(exchange) else { return .NO }
            slot.pointee = Unmanaged.passRetained(exchange).toOpaque()
            return exchange.isDeclaredTooLarge ? exchange.refuse() : .YES
        }
        let exchange = Unmanaged<Exchange>.fromOpaque(known).takeUnretainedValue()
        if uploadSize.pointee > 0, let upload {
            exchange.receive(UnsafeRawBufferPointer(start: upload, count: uploadSize.pointee))
            uploadSize.pointee = 0
            return .YES
        }
        return exchange.proceed()
    }

    /// Comes once for every exchange that the one above has made.
    static let completed: MHD_RequestCompletedCallback = { context, _, slot, _ in
        guard let context, let known = slot?.pointee else { return }
        let core = Unmanaged<Daemon.Core>.fromOpaque(context).takeUnretainedValue()
        let exchange = Unmanaged<Exchange>.fromOpaque(known).takeRetainedValue()
        slot?.pointee = nil
        exchange.end()
        core.remove(exchange)
    }

    /// Fills the library's buffer with what the streamed body has so far.
    static let read: MHD_ContentReaderCallback = { context, _, buffer, size in
        // The header's macro of the same meaning is a cast, which Swift does not import.
        guard let context, let buffer else { return -2 }
        let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
        return exchange.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size))
    }

    static let freed: MHD_ContentReaderFreeCallback = { context in
        if let context { Unmanaged<Exchange>.fromOpaque(context).release() }
    }

    private final class Collector {
        var fields: [HTTPField] = []
    }

    private static func fields(of connection: OpaquePointer, _ kind: MHD_ValueKind) -> [HTTPField] {
        let collector = Collector()
        let context = Unmanaged.passUnretained(collector).toOpaque()
        MHD_get_connection_values(
            connection, kind,
            { context, _, name, value in
                guard let context, let name else { return .NO }
                Unmanaged<Collector>.fromOpaque(context).takeUnretainedValue().fields.append(
                    HTTPField(String(cString: name), value.map { String(cString: $0) } ?? ""))
                return .YES
            }, context)
        return collector.fields
    }
}
