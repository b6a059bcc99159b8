import StreamCore

/// What can come to a market about a task.
public enum MarketInput: Sendable, Hashable {
    /// Somebody wants something done.
    case request(TaskRequest)
    /// Somebody says something about a task.
    case response(TaskResponse)
    /// A requester and a provider talk about a price.
    case negotiation(NegotiationMessage)
    /// An executor or a requester asks something of the market.
    case command(MarketCommand)

    /// The task it is about.
    public var task: String {
        switch self {
        case .request(let request): request.task
        case .response(let response): response.task
        case .negotiation(let message): message.task
        case .command(let command): command.task
        }
    }

    /// Names that it carries; none may be empty or beyond all measure.
    var names: [String] {
        switch self {
        case .request(let request): [request.task, request.requester]
        case .response(let response): [response.task, response.responder]
        case .negotiation(let message): [message.task, message.sender, message.receiver]
        case .command(let command): [command.task, command.agent]
        }
    }

    /// A price that it speaks of.
    var price: Double? {
        switch self {
        case .request(let request): request.proposedCost
        case .response(let response): response.counterOffer
        case .negotiation(let message): message.offer
        case .command: nil
        }
    }

    /// The longest text that it carries beside names, in bytes.
    private var longestText: Int {
        switch self {
        case .request(let request): return request.description.utf8.count
        case .response(let response): return response.message?.utf8.count ?? 0
        case .negotiation(let message): return message.message?.utf8.count ?? 0
        case .command(let command):
            switch command.action {
            case .complete(let result): return result?.utf8.count ?? 0
            case .fail(let reason, _): return reason.utf8.count
            case .claim, .renew, .cancel: return 0
            }
        }
    }

    /// Why nobody should take it, whatever it says; nil when nothing is wrong with it.
    var mistake: MarketRefusal? {
        if names.contains(where: { $0.isEmpty || $0.utf8.count > 512 }) {
            return MarketRefusal(.invalidName, task, "a name is empty or longer than 512 bytes")
        }
        if longestText > 65_536 { return MarketRefusal(.tooLarge, task, "a text is longer than 64 KiB") }
        if let price, !price.isFinite || price < 0 { return MarketRefusal(.invalidPrice, task, "\(price) is no price") }
        return nil
    }

    /// The same for the same message, however often it is sent: 64 bits (FNV-1a) over all of its content.
    package var fingerprint: String {
        var hash = Fingerprint()
        switch self {
        case .request(let request):
            hash.mix(1, request.task, request.requester, request.description)
            hash.mix(request.proposedCost)
            hash.mix(UInt64(bitPattern: Int64(request.priority)))
            hash.mix(UInt64(bitPattern: request.timestamp))
        case .response(let response):
            hash.mix(2, response.task, response.responder, response.status.rawValue, response.message ?? "\0")
            hash.mix(response.counterOffer)
            hash.mix(UInt64(bitPattern: response.timestamp))
        case .negotiation(let message):
            hash.mix(3, message.task, message.sender, message.receiver, message.message ?? "\0")
            hash.mix(message.offer)
            hash.mix(UInt64(bitPattern: Int64(message.round)) << 1 | (message.approved ? 1 : 0))
            hash.mix(UInt64(bitPattern: message.timestamp))
        case .command(let command):
            hash.mix(4, command.task, command.agent, "\(command.action)")
            hash.mix(UInt64(bitPattern: Int64(command.epoch)))
            hash.mix(UInt64(bitPattern: command.timestamp))
        }
        return hash.text
    }
}

/// FNV-1a over fields that are told apart.
struct Fingerprint {
    private var hash: UInt64 = 0xcbf2_9ce4_8422_2325

    var text: String {
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    mutating func mix(_ kind: UInt8, _ texts: String...) {
        add(kind)
        for text in texts {
            for byte in text.utf8 { add(byte) }
            // No UTF-8 text has this byte.
            add(0xff)
        }
    }

    mutating func mix(_ number: Double?) {
        add(number == nil ? 0 : 1)
        mix(number?.bitPattern ?? 0)
    }

    mutating func mix(_ number: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { add(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    private mutating func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
}
