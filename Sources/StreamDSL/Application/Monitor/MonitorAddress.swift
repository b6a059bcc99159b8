package import Console

/// Where a monitor listens: `8080`, `0.0.0.0:8080`, `localhost:0`.
package struct MonitorAddress: Sendable, Hashable, CustomStringConvertible {
    /// The IPv4 address; `127.0.0.1` when none was said.
    package var address: String
    /// The port; 0 means any that is free.
    package var port: Int

    /// An address.
    package init(address: String = "127.0.0.1", port: Int) {
        self.address = address
        self.port = port
    }

    /// The address that `text` says; nil for other text.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let last = parts.last, let port = UInt16(last), parts.count <= 2, last.allSatisfy(\.isNumber) else {
            return nil
        }
        self.init(port: Int(port))
        guard parts.count == 2 else { return }
        let name = parts[0] == "localhost" ? "127.0.0.1" : parts[0] == "*" || parts[0].isEmpty ? "0.0.0.0" : parts[0]
        let numbers = name.split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.count == 4, numbers.allSatisfy({ UInt8($0) != nil }) else { return nil }
        address = String(name)
    }

    /// For example `127.0.0.1:8080`.
    package var description: String { "\(address):\(port)" }
}

extension ValueFormat where Value == MonitorAddress {
    /// `[ADDRESS:]PORT`.
    package static var monitorAddress: ValueFormat {
        ValueFormat("[ADDRESS:]PORT") { text throws(ValueProblem) in
            guard let value = MonitorAddress(text) else {
                throw ValueProblem(
                    "must be a port, or an IPv4 address and a port, such as 8080 or 0.0.0.0:8080, not '\(text)'",
                    hint: "port 0 takes any that is free, and says which")
            }
            return value
        }
    }
}
