//! Start lines, without the CRLF that ends them.

use bits_packet::{StatusCode, Target, TargetForm, Version};

use crate::literal::literal;
use crate::pen::Pen;

#[inline(always)]
pub(crate) fn put_request_line<P: Pen>(
    method: &'static [u8],
    target: &Target<'_>,
    pen: P,
) -> Result<P, P::Error> {
    let pen = pen.text(method)?.literal(b" ")?;
    let pen = if target.form() == TargetForm::Origin {
        let pen = pen.text(target.path())?;
        match target.query() {
            Some(query) => pen.literal(b"?")?.text(query)?,
            None => pen,
        }
    } else {
        target
            .pieces()
            .iter()
            .try_fold(pen, |pen, piece| pen.text(piece))?
    };
    pen.literal(literal!(" ", Version::Http11.as_str()))
}

#[inline(always)]
pub(crate) fn put_status_line<P: Pen>(
    status: StatusCode,
    reason: &[u8],
    pen: P,
) -> Result<P, P::Error> {
    if status == StatusCode::OK && reason == b"OK" {
        return pen.literal(literal!(Version::Http11.as_str(), " 200 OK"));
    }
    let [a, b, c] = status.digits();
    let pen = pen.literal(literal!(Version::Http11.as_str(), " "))?;
    pen.literal(&[a, b, c, b' '])?.text(reason)
}
