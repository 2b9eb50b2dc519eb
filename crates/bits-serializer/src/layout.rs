//! Order and spelling.

use bits_packet::Field;
use bits_packet::presence::Form;

use crate::literal::literal;
use crate::spots::Spots;

/// In which order the fields of a head are written, and how they are spelled.
///
/// A layout never drops a field: what a packet holds is written in every layout. What looks like
/// IIS is an IIS layout and a packet without the fields that IIS leaves out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layout {
    /// As the documents list them, `Host` first.
    #[default]
    Canonical,
    /// As the BITS client of Windows sends them, and the notifications of its server: what the
    /// protocol defines, `Host`, `Content-Length` ([MC-BUP] 4).
    Windows,
    /// As IIS answers: as [`Layout::Windows`], and `Accept-encoding` with a small e ([MC-BUP] 4).
    Iis,
}

impl Layout {
    /// Every layout.
    pub const ALL: [Layout; 3] = [Layout::Canonical, Layout::Windows, Layout::Iis];

    /// The fields of a form in the order in which they are written.
    #[must_use]
    pub const fn order(self, form: Form) -> &'static [Field] {
        Order::of(form, self).fields()
    }

    /// The name of a field as the layout spells it.
    #[must_use]
    pub const fn name(self, field: Field) -> &'static str {
        match (self, field) {
            (Layout::Iis, Field::AcceptEncoding) => "Accept-encoding",
            _ => field.name(),
        }
    }
}

/// What goes over the fields of an order.
pub(crate) trait Visit: Sized {
    type Error;
    type Done;

    /// The next field. `name` is the end of the line before it, its name and the colon.
    fn field<const N: usize>(
        self,
        field: Field,
        name: &'static [u8; N],
    ) -> Result<Self, Self::Error>;

    /// Behind all fields.
    fn end(self) -> Result<Self::Done, Self::Error>;
}

/// The table of orders, as data for [`Layout::order`] and as straight code for [`Order::visit`].
macro_rules! orders {
    ($($order:ident: $($field:ident),+;)+) => {
        /// An order of fields.
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum Order {
            $($order),+
        }

        impl Order {
            const fn fields(self) -> &'static [Field] {
                match self {
                    $(Order::$order => &[$(Field::$field),+]),+
                }
            }

            /// Where in the order extra fields stand.
            #[inline(always)]
            pub(crate) const fn spots(self) -> &'static Spots {
                match self {
                    $(Order::$order => const { &Spots::new(Order::$order.fields()) }),+
                }
            }

            /// Hands each field to the visitor. No loop over a table: where each call has a constant, all
            /// that depends on the field is decided when the crate is compiled.
            #[inline(always)]
            pub(crate) fn visit<V: Visit>(self, visitor: V) -> Result<V::Done, V::Error> {
                match self {
                    $(Order::$order => {
                        $(
                            let name = literal!("\r\n", Field::$field.name(), ": ");
                            let visitor = visitor.field(Field::$field, name)?;
                        )+
                        visitor.end()
                    })+
                }
            }
        }
    };
}

orders! {
    Request: Host, PacketType, SessionId, SupportedProtocols, ContentLength, ContentRange,
        ContentName, ContentEncoding;
    RequestOfWindows: PacketType, SupportedProtocols, SessionId, ContentName, ContentRange,
        ContentEncoding, Host, ContentLength;
    Ack: PacketType, Protocol, SessionId, HostId, HostIdFallbackTimeout, ErrorCode, ErrorContext,
        ContentLength, AcceptEncoding, ReceivedContentRange, ReplyUrl;
    Notification: Host, OriginalRequestUrl, RequestDataFileName, ResponseDataFileName,
        ContentLength;
    NotificationOfWindows: OriginalRequestUrl, RequestDataFileName, ResponseDataFileName, Host,
        ContentLength;
    NotificationResponse: StaticResponseUrl, CopyFileToDestination, ContentLength;
}

impl Order {
    /// The order of a form in a layout.
    #[inline(always)]
    pub(crate) const fn of(form: Form, layout: Layout) -> Self {
        match (form, layout) {
            (Form::Request(_), Layout::Canonical) => Order::Request,
            (Form::Request(_), Layout::Windows | Layout::Iis) => Order::RequestOfWindows,
            (Form::Ack { .. }, _) => Order::Ack,
            (Form::Notification, Layout::Canonical) => Order::Notification,
            (Form::Notification, Layout::Windows | Layout::Iis) => Order::NotificationOfWindows,
            (Form::NotificationResponse, _) => Order::NotificationResponse,
        }
    }
}
