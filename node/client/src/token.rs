//! The token that a client sends with every call.

use std::fmt;

use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::Interceptor,
};

/// Token of a node's client; `piaolian token new` makes one.
///
/// `Debug` does not show it, and neither does a log of the call's headers.
#[derive(Clone)]
pub struct Token(MetadataValue<Ascii>);

/// The text is not a token: it is empty, or contains a character that is not visible ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a token")]
pub struct TokenError;

impl Token {
    /// Reads a token, without the white space around it.
    ///
    /// # Errors
    /// [`TokenError`] when the text is empty or contains a character that is not visible ASCII.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let token = text.trim();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenError);
        }
        let value = format!("Bearer {token}").parse();
        let mut value: MetadataValue<Ascii> = value.map_err(|_| TokenError)?;
        value.set_sensitive(true);
        Ok(Self(value))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token")
    }
}

/// Adds the token to each call's metadata.
#[derive(Clone, Debug)]
pub struct Bearer(pub(crate) Option<Token>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(Token(value)) = &self.0 {
            let metadata = request.metadata_mut();
            metadata.insert("authorization", value.clone());
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_sent_and_never_shown() {
        let token = Token::parse("abc123\n").unwrap();
        assert_eq!(format!("{token:?}"), "Token");
        let request = Bearer(Some(token)).call(Request::new(())).unwrap();
        let sent = request.metadata().get("authorization").unwrap();
        assert_eq!(sent.to_str().unwrap(), "Bearer abc123");
        assert!(sent.is_sensitive());
    }

    #[test]
    fn without_a_token_a_call_has_no_authorisation() {
        let request = Bearer(None).call(Request::new(())).unwrap();
        assert!(request.metadata().get("authorization").is_none());
    }

    #[test]
    fn an_empty_or_unprintable_text_is_no_token() {
        for bad in ["", " \n", "a\nb", "票"] {
            assert_eq!(Token::parse(bad).unwrap_err(), TokenError, "{bad:?}");
        }
    }
}
