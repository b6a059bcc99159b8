public import JSON

/// Where and how an agent can be spoken to.
public struct A2AInterface: A2AObject {
    /// The address.
    public var url: String
    /// The binding: a URI, or `JSONRPC`, `GRPC`, `HTTP+JSON`.
    public var protocolBinding: String
    /// The tenant; empty where there is none.
    public var tenant: String
    /// The protocol's version, such as `1.0`.
    public var protocolVersion: String

    /// An interface.
    public init(url: String, protocolBinding: String, tenant: String = "", protocolVersion: String = "1.0") {
        self.url = url
        self.protocolBinding = protocolBinding
        self.tenant = tenant
        self.protocolVersion = protocolVersion
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "AgentInterface")
        self.init(
            url: try fields.required("url"), protocolBinding: try fields.required("protocolBinding"),
            tenant: try fields.string("tenant") ?? "", protocolVersion: try fields.string("protocolVersion") ?? "")
    }

    /// It as JSON.
    public var json: JSONValue {
        var members = A2AMembers()
        members.add("url", url)
        members.add("protocolBinding", protocolBinding)
        members.add(ifAny: "tenant", tenant)
        members.add(ifAny: "protocolVersion", protocolVersion)
        return members.json
    }
}

/// An extension of the protocol that an agent knows.
public struct A2AExtension: A2AObject {
    /// Names it.
    public var uri: String
    /// What the agent does with it.
    public var description: String
    /// Whether clients must know it.
    public var required: Bool
    /// Its settings, an object.
    public var params: JSONValue?

    /// An extension.
    public init(_ uri: String, description: String = "", required: Bool = false, params: JSONValue? = nil) {
        self.uri = uri
        self.description = description
        self.required = required
        self.params = params
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "AgentExtension")
        self.init(
            try fields.required("uri"), description: try fields.string("description") ?? "",
            required: try fields.bool("required") ?? false, params: try fields.object("params"))
    }

    /// It as JSON.
    public var json: JSONValue {
        var members = A2AMembers()
        members.add("uri", uri)
        members.add(ifAny: "description", description)
        if required { members.add("required", true) }
        members.add("params", params)
        return members.json
    }
}

/// What an agent can do beside answering.
public struct A2ACapabilities: A2AObject {
    /// Streams; without it streaming operations are refused.
    public var streaming: Bool
    /// Push notifications; without it operations on their configurations are refused.
    public var pushNotifications: Bool
    /// Extensions.
    public var extensions: [A2AExtension]
    /// Whether there is another card for clients that are known.
    public var extendedAgentCard: Bool

    /// Capabilities.
    public init(
        streaming: Bool = true, pushNotifications: Bool = false, extensions: [A2AExtension] = [],
        extendedAgentCard: Bool = false
    ) {
        self.streaming = streaming
        self.pushNotifications = pushNotifications
        self.extensions = extensions
        self.extendedAgentCard = extendedAgentCard
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "AgentCapabilities")
        self.init(
            streaming: try fields.bool("streaming") ?? false,
            pushNotifications: try fields.bool("pushNotifications") ?? false,
            extensions: try fields.list("extensions"),
            extendedAgentCard: try fields.bool("extendedAgentCard") ?? false)
    }

    /// It as JSON.
    public var json: JSONValue {
        var members = A2AMembers()
        members.add("streaming", streaming)
        members.add("pushNotifications", pushNotifications)
        members.add("extensions", extensions)
        if extendedAgentCard { members.add("extendedAgentCard", true) }
        return members.json
    }
}

/// Something that an agent is good at.
public struct A2ASkill: A2AObject {
    /// Names it.
    public var id: String
    /// Its name for people.
    public var name: String
    /// What it is.
    public var description: String
    /// Words to find it by.
    public var tags: [String]
    /// What one might ask.
    public var examples: [String]
    /// Media types that it takes; empty takes the agent's.
    public var inputModes: [String]
    /// Media types that it makes; empty takes the agent's.
    public var outputModes: [String]

    /// A skill.
    public init(
        _ id: String, name: String, description: String, tags: [String], examples: [String] = [],
        inputModes: [String] = [], outputModes: [String] = []
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.tags = tags
        self.examples = examples
        self.inputModes = inputModes
        self.outputModes = outputModes
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "AgentSkill")
        self.init(
            try fields.required("id"), name: try fields.required("name"),
            description: try fields.string("description") ?? "", tags: try fields.strings("tags"),
            examples: try fields.strings("examples"), inputModes: try fields.strings("inputModes"),
            outputModes: try fields.strings("outputModes"))
    }

    /// It as JSON.
    public var json: JSONValue {
        var members = A2AMembers()
        members.add("id", id)
        members.add("name", name)
        members.add("description", description)
        members.add("tags", tags)
        members.add("examples", examples)
        members.add("inputModes", inputModes)
        members.add("outputModes", outputModes)
        return members.json
    }
}

/// What an agent says of itself.
public struct A2AAgentCard: A2AObject {
    /// Its name.
    public var name: String
    /// What it does.
    public var description: String
    /// Where it can be spoken to, the best first.
    public var supportedInterfaces: [A2AInterface]
    /// Its own version.
    public var version: String
    /// What it can do beside answering.
    public var capabilities: A2ACapabilities
    /// Media types that it takes.
    public var defaultInputModes: [String]
    /// Media types that it makes.
    public var defaultOutputModes: [String]
    /// What it is good at.
    public var skills: [A2ASkill]
    /// Who offers it, `{"organization", "url"}`.
    public var provider: JSONValue?
    /// Where its documentation is.
    public var documentationURL: String
    /// Where its picture is.
    public var iconURL: String
    /// How clients say who they are, by name, as OpenAPI has them.
    public var securitySchemes: JSONValue?
    /// Which of these are needed, a list.
    public var securityRequirements: JSONValue?
    /// Signatures, a list: JWS over the card as RFC 8785 writes it.
    public var signatures: JSONValue?

    /// A card; media types are text unless said otherwise.
    public init(
        name: String, description: String, version: String, capabilities: A2ACapabilities = A2ACapabilities(),
        supportedInterfaces: [A2AInterface] = [], defaultInputModes: [String] = ["text/plain"],
        defaultOutputModes: [String] = ["text/plain"], skills: [A2ASkill]
    ) {
        self.name = name
        self.description = description
        self.supportedInterfaces = supportedInterfaces
        self.version = version
        self.capabilities = capabilities
        self.defaultInputModes = defaultInputModes
        self.defaultOutputModes = defaultOutputModes
        self.skills = skills
        documentationURL = ""
        iconURL = ""
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "AgentCard")
        self.init(
            name: try fields.required("name"), description: try fields.string("description") ?? "",
            version: try fields.string("version") ?? "",
            capabilities: try fields.one("capabilities") ?? A2ACapabilities(streaming: false),
            supportedInterfaces: try fields.list("supportedInterfaces"),
            defaultInputModes: try fields.strings("defaultInputModes"),
            defaultOutputModes: try fields.strings("defaultOutputModes"), skills: try fields.list("skills"))
        provider = try fields.object("provider")
        documentationURL = try fields.string("documentationUrl") ?? ""
        iconURL = try fields.string("iconUrl") ?? ""
        securitySchemes = try fields.object("securitySchemes")
        securityRequirements = try Self.list(fields, "securityRequirements")
        signatures = try Self.list(fields, "signatures")
    }

    private static func list(_ fields: A2AFields, _ name: String) throws(A2AFormatError) -> JSONValue? {
        let elements = try fields.elements(name)
        return elements.isEmpty ? nil : .array(elements)
    }

    /// It as JSON.
    public var json: JSONValue {
        var members = A2AMembers()
        members.add("name", name)
        members.add("description", description)
        members.add("supportedInterfaces", supportedInterfaces)
        members.add("provider", provider)
        members.add("version", version)
        members.add(ifAny: "documentationUrl", documentationURL)
        members.add("capabilities", capabilities)
        members.add("securitySchemes", securitySchemes)
        members.add("securityRequirements", securityRequirements)
        members.add("defaultInputModes", defaultInputModes)
        members.add("defaultOutputModes", defaultOutputModes)
        members.add("skills", skills)
        members.add("signatures", signatures)
        members.add(ifAny: "iconUrl", iconURL)
        return members.json
    }
}
