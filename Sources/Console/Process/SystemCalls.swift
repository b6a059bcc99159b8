#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The few calls of the operating system that the console needs, without pointers.
enum SystemCalls {
    /// Hands `bytes` to a file descriptor; returns how many it took, or what went wrong.
    static func send(_ bytes: [UInt8], to descriptor: Int32) -> (count: Int, error: Int32) {
        while true {
            let count = write(descriptor, bytes, bytes.count)
            if count >= 0 { return (count, 0) }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                // Somebody made the terminal non-blocking: wait for room.
                var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&request, 1, 1_000)
            default: return (0, errno)
            }
        }
    }

    /// Fills `buffer` from a file descriptor; returns how many bytes, 0 at the end, or what went wrong.
    static func receive(into buffer: inout [UInt8], from descriptor: Int32) -> (count: Int, error: Int32) {
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count >= 0 { return (count, 0) }
            if errno != EINTR { return (0, errno) }
        }
    }

    /// Opens a file for reading; returns its descriptor, or what went wrong.
    static func openForReading(_ path: String) -> (descriptor: Int32, error: Int32) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        return descriptor >= 0 ? (descriptor, 0) : (-1, errno)
    }

    /// Makes sure that no file that is opened later becomes standard input, output or error.
    ///
    /// A shell may close them (`>&-`); what is written to standard output then must not end up in a database.
    static func holdStandardDescriptors() {
        for wanted: Int32 in 0...2 where fcntl(wanted, F_GETFD) == -1 {
            // The lowest free number is what open gives; reading mode, so that a write to it fails.
            _ = open("/dev/null", wanted == 0 ? O_WRONLY : O_RDONLY)
        }
    }

    static func closeDescriptor(_ descriptor: Int32) { _ = close(descriptor) }

    /// Whether a read would return at once, now or within `milliseconds`.
    static func isReadable(_ descriptor: Int32, within milliseconds: Int32 = 0) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, milliseconds) > 0
    }

    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// The system's words for an error number.
    static func message(of error: Int32) -> String {
        switch error {
        case ENOENT: "no such file or folder"
        case EACCES, EPERM: "permission denied"
        case ENOSPC: "no space left on the device"
        case EISDIR: "it is a folder"
        case EBADF: "it is closed"
        default: "error \(error)"
        }
    }

    static let brokenPipe = EPIPE
    static let noSuchFile = ENOENT
}
