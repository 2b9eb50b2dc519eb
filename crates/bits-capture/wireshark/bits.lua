-- Wireshark dissector of the BITS upload protocol ([MC-BUP], verb BITS_POST).
--
-- Requests with the verb BITS_POST are not HTTP to Wireshark. This decodes them and their Acks, and leaves everything else to the http
-- dissector, on the same connection too. README.md beside it says how to install it, and lists fields and filters.
--
-- Heads are put together over segments. Bodies are not: a Fragment may have megabytes, and a killed one never has its end, so the head
-- is shown where it is, and the segments behind it are counted off. All that is decided on the first pass over the packets is kept for
-- later passes, which come in any order. The first pass may be without fields of tcp: connections are known by addresses and ports.

local MAX_HEAD = 65536
local MAX_VALUE = 4096
local MAX_UINT64 = "18446744073709551615"

local bits = Proto("bits", "BITS Upload Protocol")
-- What stands on the ports of HTTP, in front of the http dissector: being called as this means that the connection is new.
local entrance = Proto("bits_or_http", "BITS Upload Protocol or HTTP")

-- The one that stands on ports of TCP knows of tunnels. A version that does not have it under this name has the plain one.
local over_tcp, http = pcall(Dissector.get, "http-over-tcp")
http = over_tcp and http or Dissector.get("http")
local data = Dissector.get("data")

-- Names of codes and contexts: 0x8019 and a status of HTTP are a family of their own.
local CODES = {
    [0] = "none",
    [0x80070005] = "E_ACCESSDENIED",
    [0x80070057] = "E_INVALIDARG",
    [0x80070070] = "ERROR_DISK_FULL",
    [0x80070112] = "disk full, or a timer of the notification ran out",
    [0x80200012] = "BG_E_INSUFFICIENT_HTTP_SUPPORT",
    [0x8020001B] = "BG_E_INVALID_SERVER_RESPONSE",
    [0x8020001C] = "BG_E_TOO_MANY_FILES",
    [0x8020001D] = "BG_E_LOCAL_FILE_CHANGED",
    [0x8020001E] = "BG_E_ERROR_CONTEXT_REMOTE_APPLICATION",
    [0x8020001F] = "BG_E_SESSION_NOT_FOUND",
    [0x80200020] = "BG_E_TOO_LARGE",
    [0x80200022] = "BG_E_CLIENT_SERVER_PROTOCOL_MISMATCH",
    [0x80200023] = "BG_E_SERVER_EXECUTE_ENABLE",
    [0x80200024] = "BG_E_NO_PROGRESS",
}
for status = 100, 599 do
    CODES[0x80190000 + status] = "BG_E_HTTP_ERROR_" .. status
end
local CONTEXTS = { [5] = "server", [7] = "server application" }

local PACKETS = {
    ["ping"] = "Ping",
    ["create-session"] = "Create-Session",
    ["fragment"] = "Fragment",
    ["close-session"] = "Close-Session",
    ["cancel-session"] = "Cancel-Session",
    ["ack"] = "Ack",
}

local f = {
    packet_type = ProtoField.string("bits.packet_type", "Packet type"),
    method = ProtoField.string("bits.method", "Method"),
    uri = ProtoField.string("bits.uri", "Request target"),
    version = ProtoField.string("bits.version", "HTTP version"),
    status = ProtoField.uint16("bits.status", "Status"),
    reason = ProtoField.string("bits.reason", "Reason"),
    host = ProtoField.string("bits.host", "Host"),
    user_agent = ProtoField.string("bits.user_agent", "User agent"),
    session_id = ProtoField.string("bits.session_id", "Session id"),
    supported_protocols = ProtoField.string("bits.supported_protocols", "Supported protocols"),
    protocol = ProtoField.string("bits.protocol", "Protocol"),
    content_name = ProtoField.string("bits.content_name", "Content name"),
    content_length = ProtoField.uint64("bits.content_length", "Content length"),
    content_encoding = ProtoField.string("bits.content_encoding", "Content encoding"),
    content_range = ProtoField.string("bits.content_range", "Content range"),
    first = ProtoField.uint64("bits.content_range.first", "First byte"),
    last = ProtoField.uint64("bits.content_range.last", "Last byte"),
    total = ProtoField.uint64("bits.content_range.total", "Size of the file"),
    received = ProtoField.uint64("bits.received_content_range", "Next byte wanted"),
    reply_url = ProtoField.string("bits.reply_url", "Reply URL"),
    host_id = ProtoField.string("bits.host_id", "Host id"),
    fallback = ProtoField.uint64("bits.host_id_fallback_timeout", "Host id fallback timeout (seconds)"),
    error_code = ProtoField.uint32("bits.error_code", "Error code", base.HEX, CODES),
    error_context = ProtoField.uint32("bits.error_context", "Error context", base.HEX, CONTEXTS),
    field = ProtoField.string("bits.field", "Field"),
    body = ProtoField.bytes("bits.body", "Body"),
    body_of = ProtoField.framenum("bits.body_of", "Body of the packet in frame"),
    answers = ProtoField.string("bits.answers", "Packet that is answered"),
    request_in = ProtoField.framenum("bits.request_in", "Request in frame", base.NONE, frametype.REQUEST),
    response_in = ProtoField.framenum("bits.response_in", "Answer in frame", base.NONE, frametype.RESPONSE),
    time = ProtoField.relative_time("bits.time", "Time since the request"),
}
bits.fields = f

local e = {
    error = ProtoExpert.new("bits.expert.error", "The server reports an error", expert.group.RESPONSE_CODE, expert.severity.WARN),
    step = ProtoExpert.new("bits.expert.out_of_step", "Client and server are out of step", expert.group.SEQUENCE, expert.severity.NOTE),
    rule = ProtoExpert.new("bits.expert.violation", "A rule of [MC-BUP] is broken", expert.group.PROTOCOL, expert.severity.WARN),
    bad = ProtoExpert.new("bits.expert.malformed", "Malformed", expert.group.MALFORMED, expert.severity.ERROR),
    cut = ProtoExpert.new("bits.expert.cut", "Not all of the head is there", expert.group.UNDECODED, expert.severity.WARN),
    gap = ProtoExpert.new("bits.expert.gap", "Bytes of the body before are missing", expert.group.SEQUENCE, expert.severity.WARN),
}
bits.experts = e

-- Fields by their name on the wire, in lower case, and how their value is shown.
local SHOWN = {
    ["bits-packet-type"] = { f.packet_type, "text" },
    ["bits-session-id"] = { f.session_id, "text" },
    ["bits-supported-protocols"] = { f.supported_protocols, "text" },
    ["bits-protocol"] = { f.protocol, "text" },
    ["bits-host-id"] = { f.host_id, "text" },
    ["bits-host-id-fallback-timeout"] = { f.fallback, "number" },
    ["bits-received-content-range"] = { f.received, "number" },
    ["bits-reply-url"] = { f.reply_url, "text" },
    ["bits-error-code"] = { f.error_code, "code" },
    ["bits-error"] = { f.error_code, "code" },
    ["bits-error-context"] = { f.error_context, "code" },
    ["content-name"] = { f.content_name, "text" },
    ["content-length"] = { f.content_length, "number" },
    ["content-encoding"] = { f.content_encoding, "text" },
    ["content-range"] = { f.content_range, "range" },
    ["host"] = { f.host, "text" },
    ["user-agent"] = { f.user_agent, "text" },
}

-- Values ----------------------------------------------------------------------------------------

-- Digits without leading zeros, or nil if it is no number of 64 bits.
local function number(text)
    if not text or not text:find("^%d+$") then
        return nil
    end
    text = text:gsub("^0+(%d)", "%1")
    if #text > #MAX_UINT64 or (#text == #MAX_UINT64 and text > MAX_UINT64) then
        return nil
    end
    return text
end

-- Whether one such number is less than another.
local function less(a, b)
    return #a < #b or (#a == #b and a < b)
end

-- Small enough that Lua counts it exactly whatever its numbers are.
local function small(text)
    return #text <= 15
end

local function code(text)
    local digits = text:match("^0?[xX](%x+)[lL]?$") or text:match("^(%x+)[lL]?$")
    return digits and #digits <= 8 and tonumber(digits, 16) or nil
end

-- Where first, last and total stand in a Content-Range, and what they are.
local function range(text)
    local a, first, b, last, c, total = text:match("^[bB][yY][tT][eE][sS][ \t]+()(%d+)%-()(%d+)[ \t]*/[ \t]*()(%d+)$")
    if not a or not (number(first) and number(last) and number(total)) then
        return nil
    end
    return { { f.first, a, first }, { f.last, b, last }, { f.total, c, total } }, number(first), number(last), number(total)
end

-- Text that no terminal takes for more than text: what is not visible ASCII becomes \xHH. What a field is filtered by, too.
local function plain(text)
    return (text:gsub("[^\32-\126]", function(byte)
        return string.format("\\x%02x", byte:byte())
    end))
end

-- The same for one line of several values.
local function brief(text)
    return #text > 120 and plain(text:sub(1, 120)) .. "..." or plain(text)
end

-- Heads -----------------------------------------------------------------------------------------

-- The first bytes of a message: "bits" for the verb, "post", "request" or "response" of HTTP, "part" if more bytes are needed to
-- say, or nil. In Lua's patterns a method is a run of capitals.
local function beginning(text)
    if text:find("^BITS_POST ") then
        return "bits"
    elseif text:find("^POST ") then
        return "post"
    elseif text:find("^HTTP/1%.%d ") then
        return "response"
    elseif text:find("^%u+ [^ \r\n]+ HTTP/1%.%d\r?\n") then
        return "request"
    elseif #text >= 5 and #text < 10 and (("BITS_POST "):sub(1, #text) == text or ("HTTP/1.1 "):sub(1, #text) == text) then
        return "part"
    end
    return nil
end

-- The length of the head that begins with this text, or nil if its end is not there.
local function head_length(text)
    local _, stop = text:find("\n\r?\n")
    return stop
end

-- A head, cut into its start line and fields. Positions count from 1.
local function parse(text, whole)
    local head = { fields = {}, by_name = {}, whole = whole, bad = {} }
    local at, line_number = 1, 0
    while at <= #text do
        local feed = text:find("\n", at, true)
        if not feed and line_number > 0 then
            break -- The rest of a line that is not all there.
        end
        local stop = feed and feed - 1 or #text
        if feed and text:byte(stop) == 13 then
            stop = stop - 1
        elseif feed then
            head.bad[1] = "a line ends in LF without CR"
        end
        local line = text:sub(at, stop)
        if line_number == 0 then
            head.start, head.start_cut = line, not feed
        elseif line == "" then
            break
        else
            local name, gap, value = line:match("^([^:]*):([ \t]*)(.-)[ \t]*$")
            if not name or not name:find("^[%w!#$%%&'*+%-.^_`|~]+$") then
                head.bad[#head.bad + 1] = "a line is no field: " .. brief(line)
                name = nil
            end
            local field = { name = name, line = line, at = at }
            if name then
                field.value, field.value_at = value, at + #name + 1 + #gap
                local lower = name:lower()
                local before = head.by_name[lower]
                if before and before ~= value and SHOWN[lower] then
                    head.bad[#head.bad + 1] = name .. " is there twice, with different values"
                end
                head.by_name[lower] = before or value
            end
            head.fields[#head.fields + 1] = field
        end
        at = (feed or #text) + 1
        line_number = line_number + 1
    end
    head.method, head.uri, head.version = head.start:match("^(%S+) (.*) (HTTP/%d%.%d)$")
    if head.start:find("^HTTP/") then
        head.method, head.uri = nil, nil
        head.version, head.status, head.reason = head.start:match("^(HTTP/%d%.%d) (%d%d%d) ?(.*)$")
    elseif not head.method then
        head.method, head.uri = head.start:match("^(%S+) (.*)$")
        if not head.start_cut then
            head.bad[#head.bad + 1] = "the request line does not end in a version of HTTP"
        end
    end
    return head
end

-- Whether a head is a packet of BITS.
local function is_packet(head)
    if head.method then
        local override = head.by_name["x-http-method-override"]
        return head.method == "BITS_POST" or (head.method == "POST" and override == "BITS_POST")
    end
    return head.by_name["bits-packet-type"] ~= nil
end

-- How many bytes follow a head: nil if that cannot be told.
local function body_length(head, asked)
    local status = head.status and tonumber(head.status)
    if status and (status < 200 or status == 204 or status == 304 or (asked and asked.method == "HEAD")) then
        return 0
    elseif head.by_name["transfer-encoding"] or not head.whole then
        return nil
    elseif head.by_name["content-length"] then
        local length = number(head.by_name["content-length"])
        return length and tonumber(length)
    end
    return not status and 0 or nil
end

-- Connections -----------------------------------------------------------------------------------

local connections = {}
-- What the first pass has found in a frame: by the offset of a buffer in the frame (0 where it was put together) a list of parts;
-- or, to take no memory for segments that are nothing but body, the message whose body it is.
local frames = {}

function bits.init()
    connections = {}
    frames = {}
end

local function ends(pinfo)
    local source = tostring(pinfo.src) .. " " .. pinfo.src_port
    local target = tostring(pinfo.dst) .. " " .. pinfo.dst_port
    return source, source < target and source .. " " .. target or target .. " " .. source
end

local function connection(pinfo, new)
    local source, key = ends(pinfo)
    if new or not connections[key] then
        -- `asked` is the request that has no answer yet. There is never more than one.
        connections[key] = { sides = {}, asked = nil }
    end
    local known = connections[key]
    local side = known.sides[source]
    if not side then
        -- `left` counts bytes of the body of `message` that are still to come.
        side = { left = 0, message = nil }
        known.sides[source] = side
    end
    return known, side
end

-- The other side's message is over once this side has gone on.
local function enter(known, side, message, head)
    for _, other in pairs(known.sides) do
        if other ~= side and other.message and not (head.status and head.status:find("^1")) then
            other.message.over = true
        end
    end
    side.message = message
    if head.method then
        known.asked = message
    elseif not (head.status and head.status:find("^1")) then
        message.request = known.asked
        if message.request then
            message.request.answer = message.frame
        end
        known.asked = nil
    end
end

local function one_sided(known)
    local count = 0
    for _ in pairs(known.sides) do
        count = count + 1
    end
    return count == 1
end

-- Whether a head stands where bytes of a body are expected, because others of it are missing.
local function interrupts(known, side, text, cut)
    local kind = beginning(text)
    if not kind or kind == "part" then
        return false
    elseif side.message.over then
        return true
    end
    return one_sided(known) and kind == "bits" and (cut or text:lower():find("\nbits%-packet%-type:") ~= nil)
end

-- Cuts a buffer into parts: heads of packets, bodies, what the http dissector is to show, and a head that needs more bytes.
local function plan(known, side, tvb, pinfo, wait)
    local parts, at = {}, 0
    local length, there = tvb:reported_len(), tvb:len()
    wait = wait and there == length
    local function add(kind, stop, message)
        local part = { kind = kind, from = at, stop = stop, message = message }
        parts[#parts + 1] = part
        at = stop
        return part
    end
    while at < length do
        if at >= there then
            side.left = math.max(0, side.left - (length - at))
            break
        end
        local text = tvb:raw(at, math.min(there - at, MAX_HEAD))
        local missing = 0
        if side.left > 0 and at == 0 and interrupts(known, side, text, there < length) then
            missing, side.left = side.left, 0
        end
        local kind = beginning(text)
        if side.left > 0 then
            local stop = at + math.min(side.left, length - at)
            side.left = side.left - (stop - at)
            add("body", stop, side.message)
        elseif not kind and side.message and side.message.packet and not side.message.over then
            -- More than was announced: bytes that came twice, or that follow a head that is cut short.
            add("body", length, side.message)
        elseif not kind or (kind == "part" and not wait) then
            add("http", length)
        else
            local size = head_length(text)
            if not size and wait and #text < MAX_HEAD and kind ~= "request" then
                add("more", length)
                break
            end
            local head = parse(size and text:sub(1, size) or text, size ~= nil)
            local message = { frame = pinfo.number, time = pinfo.rel_ts, method = head.method, packet = is_packet(head) or kind == "bits" }
            enter(known, side, message, head)
            local body = body_length(head, message.request)
            if message.packet then
                local part = add("head", size and at + size or length, message)
                part.head, part.missing = head, missing
                -- A head that is cut short hides how much follows it: all, until it is answered.
                side.left = body or (head.whole and 0 or math.huge)
            else
                local stop = size and body and at + size + body
                add("http", stop and stop <= length and stop or length)
            end
        end
    end
    return parts
end

-- What is shown --------------------------------------------------------------------------------

-- How many calls of the http dissector there are around this one, in the frame `depth_in`: it calls those of tcp for what is inside a
-- tunnel, and those it again.
local depth, depth_in = 0, 0

local function nested(pinfo)
    return pinfo.number == depth_in and depth or 0
end

local function call_http(tvb, pinfo, tree, wait)
    local before = pinfo.can_desegment
    -- A dissector that another one calls finds this one less.
    pinfo.can_desegment = wait and 2 or 0
    -- Where captured bytes end before the packet does, its exception would leave Lua without unwinding it: such bytes must look whole.
    local cut = tvb:len() < tvb:reported_len()
    local buffer = cut and tvb(0, tvb:len()):tvb() or tvb
    depth, depth_in = nested(pinfo) + 1, pinfo.number
    local fine, taken = pcall(http.call, http, buffer, pinfo, tree)
    depth = depth - 1
    pinfo.can_desegment = before
    if fine and taken > 0 then
        return taken
    elseif fine then
        return cut and data:call(buffer, pinfo, tree) or 0
    end
    -- On malformed bytes the call ends in an error of Lua, after what could be shown was.
    tree:add_proto_expert_info(cut and e.cut or e.bad, "The http dissector does not come to an end")
    return tvb:len()
end

local function show_field(tree, tvb, from, field)
    local line = tvb(from + field.at - 1, math.max(1, #field.line))
    local shown = field.name and SHOWN[field.name:lower()]
    if not shown then
        tree:add(f.field, line, plain(field.line))
        return
    end
    local value = field.value
    local at = #value > 0 and tvb(from + field.value_at - 1, #value) or line
    if #value > MAX_VALUE then
        tree:add_proto_expert_info(e.rule, field.name .. " has more than 4,096 bytes")
    end
    if shown[2] == "number" then
        if number(value) then
            tree:add(shown[1], at, UInt64.new(number(value)))
        else
            tree:add(f.field, line, plain(field.line))
            tree:add_proto_expert_info(e.bad, field.name .. " is no number of 64 bits")
        end
    elseif shown[2] == "code" then
        if code(value) then
            tree:add(shown[1], at, code(value))
        else
            tree:add(f.field, line, plain(field.line))
            tree:add_proto_expert_info(e.rule, field.name .. " is no hexadecimal number of 32 bits")
        end
    else
        local item = tree:add(shown[1], at, plain(value))
        for _, position in ipairs(shown[2] == "range" and range(value) or {}) do
            item:add(position[1], at(position[2] - 1, #position[3]), UInt64.new(number(position[3])))
        end
    end
end

-- Rules of a request that are broken.
local function check_request(tree, head, packet)
    local by_name = head.by_name
    local function broken(text)
        tree:add_proto_expert_info(e.rule, text)
    end
    if not head.whole then
        return
    end
    if not by_name["bits-packet-type"] then
        broken("no BITS-Packet-Type")
    elseif not packet or packet == "Ack" then
        broken("an unknown BITS-Packet-Type")
    end
    if not by_name["host"] then
        broken("no Host")
    end
    local length = by_name["content-length"]
    if by_name["transfer-encoding"] then
        tree:add_proto_expert_info(e.bad, "a Transfer-Encoding, which no packet may have")
    elseif not length then
        broken("no Content-Length")
    end
    if (packet == "Fragment" or packet == "Close-Session" or packet == "Cancel-Session") and not by_name["bits-session-id"] then
        broken("no BITS-Session-Id")
    elseif packet == "Create-Session" and not by_name["bits-supported-protocols"] then
        broken("no BITS-Supported-Protocols")
    end
    if packet ~= "Fragment" then
        if packet and length and number(length) ~= "0" then
            broken("a body, which only a Fragment has")
        end
        return
    end
    if not by_name["content-range"] then
        return broken("no Content-Range")
    end
    local _, first, last, total = range(by_name["content-range"])
    if not first then
        tree:add_proto_expert_info(e.bad, "Content-Range is not bytes FIRST-LAST/TOTAL")
    elseif less(last, first) or not less(last, total) then
        broken("Content-Range ends before it begins, or not before the end of the file")
    elseif length and number(length) and small(last) and small(number(length)) and tonumber(last) - tonumber(first) + 1 ~= tonumber(length) then
        broken("Content-Length is not the length of Content-Range")
    end
end

local function check_ack(tree, head)
    local status = tonumber(head.status)
    local said = code(head.by_name["bits-error-code"] or head.by_name["bits-error"] or "")
    if status == 416 then
        tree:add_proto_expert_info(e.step, "The server wants another offset: " .. plain(head.by_name["bits-received-content-range"] or "it does not say which"))
    elseif status and status >= 400 and status ~= 401 and status ~= 407 then
        local name = said and string.format(", 0x%08X %s", said, CODES[said] or "") or ""
        tree:add_proto_expert_info(e.error, "Status " .. status .. name)
    end
    if head.whole and not head.by_name["content-length"] then
        tree:add_proto_expert_info(e.rule, "no Content-Length")
    end
end

-- One line about a packet, for its tree and for the column Info.
local function summary(head, message, packet)
    local by_name = head.by_name
    if not head.method then
        local line = "Ack " .. (head.status or "without a status")
        local said = code(by_name["bits-error-code"] or by_name["bits-error"] or "")
        if number(by_name["bits-received-content-range"]) then
            line = line .. " next " .. number(by_name["bits-received-content-range"])
        end
        if said and said ~= 0 then
            line = line .. string.format(" 0x%08X %s", said, CODES[said] or "")
        end
        return line .. (message.session and " " .. brief(message.session) or "")
    end
    local line = packet or brief(by_name["bits-packet-type"] or "BITS_POST")
    local _, first, last, total = range(by_name["content-range"] or "")
    if packet == "Fragment" and first then
        return line .. " " .. first .. "-" .. last .. "/" .. total .. (message.session and " " .. brief(message.session) or "")
    end
    return line .. " " .. brief(head.uri or "") .. (message.session and " " .. brief(message.session) or "")
end

local function show_start(tree, tvb, from, head)
    local function add(field, text, at)
        if #text > 0 then
            tree:add(field, tvb(from + at - 1, #text), plain(text))
        end
    end
    if head.method then
        add(f.method, head.method, 1)
        add(f.uri, head.uri, #head.method + 2)
        if head.version then
            add(f.version, head.version, #head.start - #head.version + 1)
        end
    elseif head.status then
        add(f.version, head.version, 1)
        tree:add(f.status, tvb(from + #head.version + 1, 3), tonumber(head.status))
        add(f.reason, head.reason, #head.start - #head.reason + 1)
    end
end

local function show_head(part, tvb, pinfo, tree)
    local from, message = part.from, part.message
    local stop = math.min(part.stop, tvb:len())
    local head = part.head
    if not head then
        local text = tvb:raw(from, math.min(stop - from, MAX_HEAD))
        head = parse(text, head_length(text) ~= nil)
    end
    -- It has done its service, and its strings are not to stay for all packets of a large capture.
    part.head = nil
    local packet = PACKETS[(head.by_name["bits-packet-type"] or ""):lower()]
    local request = message.request
    message.type = packet
    message.session = head.by_name["bits-session-id"] or (request and request.session)
    if head.method ~= "BITS_POST" then
        call_http(tvb(from, stop - from):tvb(), pinfo, tree, false)
        pinfo.cols.info:clear_fence()
    end
    local line = summary(head, message, packet)
    local sub = tree:add(bits, tvb(from, stop - from), "BITS Upload Protocol, " .. line)
    show_start(sub, tvb, from, head)
    for _, field in ipairs(head.fields) do
        show_field(sub, tvb, from, field)
    end
    if message.session and not head.by_name["bits-session-id"] then
        sub:add(f.session_id, plain(message.session)):set_generated()
    end
    if request then
        sub:add(f.request_in, request.frame):set_generated()
        local passed = message.time - request.time
        local seconds = math.floor(passed)
        sub:add(f.time, NSTime.new(seconds, math.floor((passed - seconds) * 1000000000 + 0.5))):set_generated()
        if request.type then
            sub:add(f.answers, request.type):set_generated()
        end
    elseif message.answer then
        sub:add(f.response_in, message.answer):set_generated()
    end
    for _, text in ipairs(head.bad) do
        sub:add_proto_expert_info(e.bad, text)
    end
    if not head.whole then
        sub:add_proto_expert_info(e.cut, "The head does not end in what was captured")
    end
    if part.missing > 0 and part.missing < math.huge then
        sub:add_proto_expert_info(e.gap, string.format("%.0f bytes of the body before are missing", part.missing))
    end
    if head.method then
        check_request(sub, head, packet)
    else
        check_ack(sub, head)
    end
    return line
end

local function show_body(from, stop, message, tvb, pinfo, tree)
    local shown = math.min(stop, tvb:len()) - from
    local line = string.format("%s data, %d bytes", message.type or "BITS", stop - from)
    if message.session then
        line = line .. " " .. brief(message.session)
    end
    local sub = tree:add(bits, tvb(from, shown), "BITS Upload Protocol, " .. line)
    sub:add(f.body, tvb(from, shown))
    if message.frame == pinfo.number then
        return line
    end
    sub:add(f.body_of, message.frame):set_generated()
    if message.session then
        sub:add(f.session_id, plain(message.session)):set_generated()
    end
    return line
end

local function show(parts, tvb, pinfo, tree, wait)
    local lines = {}
    for _, part in ipairs(parts) do
        if part.kind == "more" then
            pinfo.desegment_offset = part.from
            pinfo.desegment_len = DESEGMENT_ONE_MORE_SEGMENT
        elseif part.kind == "head" then
            lines[#lines + 1] = show_head(part, tvb, pinfo, tree)
        elseif part.kind == "body" then
            local line = show_body(part.from, part.stop, part.message, tvb, pinfo, tree)
            if #lines == 0 then
                lines[1] = line
            end
        else
            local stop = math.min(part.stop, tvb:len())
            local last = part.stop == tvb:reported_len()
            local rest = part.from == 0 and last and tvb or tvb(part.from, stop - part.from):tvb()
            if call_http(rest, pinfo, tree, wait and last) == 0 then
                data:call(rest, pinfo, tree)
            elseif pinfo.desegment_len ~= 0 then
                pinfo.desegment_offset = pinfo.desegment_offset + part.from
            end
        end
    end
    if #lines > 0 then
        pinfo.cols.protocol = "BITS"
        pinfo.cols.info = table.concat(lines, "; ")
    end
end

-- Called for a buffer of a connection that is known to carry BITS.
local function dissect(tvb, pinfo, tree, new, wait)
    local offset, known = tvb:offset(), frames[pinfo.number]
    local parts
    if not pinfo.visited then
        local link, side = connection(pinfo, new)
        parts = plan(link, side, tvb, pinfo, wait)
        local only = #parts == 1 and parts[1]
        if only and only.kind == "body" and offset > 0 and not known then
            frames[pinfo.number] = only.message
        elseif not (only and only.kind == "http") then
            if not known or known.frame then
                known = {}
                frames[pinfo.number] = known
            end
            known[offset] = parts
        end
    elseif known and known.frame then
        parts = { { kind = "body", from = 0, stop = tvb:reported_len(), message = known } }
    else
        parts = known and known[offset] or { { kind = "http", from = 0, stop = tvb:reported_len() } }
    end
    show(parts, tvb, pinfo, tree, wait)
    return tvb:len()
end

-- Whether a buffer begins a packet of BITS, or may do so once the rest of its head is there.
local function may_be_packet(tvb, wait)
    local text = tvb:raw(0, math.min(tvb:len(), MAX_HEAD))
    local kind = beginning(text)
    if kind == "post" or kind == "response" then
        local size = head_length(text)
        local goes_on = not size and wait and #text < MAX_HEAD and tvb:len() == tvb:reported_len()
        return goes_on or is_packet(parse(size and text:sub(1, size) or text, size ~= nil))
    end
    return kind == "bits" or (kind == "part" and wait)
end

function bits.dissector(tvb, pinfo, tree)
    if tvb:len() == 0 or nested(pinfo) > 0 then
        return 0
    end
    return dissect(tvb, pinfo, tree, false, pinfo.can_desegment > 0)
end

function entrance.dissector(tvb, pinfo, tree)
    if tvb:len() == 0 or nested(pinfo) > 1 then
        return 0
    end
    local wait = pinfo.can_desegment > 0
    if nested(pinfo) > 0 then
        return call_http(tvb, pinfo, tree, false)
    elseif pinfo.visited and frames[pinfo.number] then
        return dissect(tvb, pinfo, tree, false, wait)
    elseif not pinfo.visited and may_be_packet(tvb, wait) then
        pinfo.conversation = bits
        return dissect(tvb, pinfo, tree, true, wait)
    end
    return call_http(tvb, pinfo, tree, wait)
end

-- On other ports: whatever looks like HTTP, so that an upload behind a HEAD is seen.
bits:register_heuristic("tcp", function(tvb, pinfo, tree)
    if nested(pinfo) > 0 or tvb:len() == 0 or not beginning(tvb:raw(0, math.min(tvb:len(), MAX_HEAD))) then
        return false
    end
    pinfo.conversation = bits
    -- A heuristic dissector is not told whether it may ask for more.
    dissect(tvb, pinfo, tree, true, true)
    return true
end)

bits.prefs.ports = Pref.range("TCP ports", "80,3128,3132,5985,8080,8088", "Ports on which BITS is looked for in front of the http dissector; on others it is found by its first bytes", 65535)

local ports = DissectorTable.get("tcp.port")
local standing = bits.prefs.ports
ports:add(standing, entrance)
ports:add_for_decode_as(entrance)

function bits.prefs_changed()
    if standing ~= bits.prefs.ports then
        ports:remove(standing, entrance)
        ports:add(standing, http)
        standing = bits.prefs.ports
        ports:add(standing, entrance)
    end
end
