//! Calls by path with encoded messages, for programs that make requests from descriptors.

use bytes::{Buf as _, BufMut as _, Bytes};
use tonic::{
    Request, Response, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
};

use crate::{
    connection::{Client, REQUEST_BYTES_MAX, RESPONSE_BYTES_MAX},
    error::CallError,
};

impl Client {
    /// Calls the method at a path such as `/piaolian.v1.ClaimService/WithdrawClaim` with an encoded request, and returns
    /// the encoded response. Only for methods that do not stream.
    ///
    /// # Errors
    /// The method's own errors, and [`crate::ErrorKind::Fault`] when `path` is not a path.
    pub async fn call(&self, path: &str, request: Bytes) -> Result<Bytes, CallError> {
        let path = PathAndQuery::try_from(path).map_err(|error| CallError::fault(&error))?;
        Ok(self.send(path, request).await?.into_inner())
    }

    /// Makes the same call, and repeats it like [`Client::repeat`]: it must be safe to repeat.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn call_repeatable(&self, path: &str, request: Bytes) -> Result<Bytes, CallError> {
        let path = PathAndQuery::try_from(path).map_err(|error| CallError::fault(&error))?;
        self.repeat(async || self.send(path.clone(), request.clone()).await)
            .await
    }

    async fn send(&self, path: PathAndQuery, request: Bytes) -> Result<Response<Bytes>, Status> {
        let mut grpc = Grpc::new(self.connection())
            .max_encoding_message_size(REQUEST_BYTES_MAX)
            .max_decoding_message_size(RESPONSE_BYTES_MAX);
        // The interceptor only adds the token and never fails. `ready` waits until the channel has capacity.
        grpc.ready()
            .await
            .map_err(|error| Status::unavailable(error.to_string()))?;
        grpc.unary(Request::new(request), path, EncodedCodec).await
    }
}

/// Carries messages that are encoded already.
#[derive(Clone, Copy, Debug)]
struct EncodedCodec;

impl Codec for EncodedCodec {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for EncodedCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }
}

impl Decoder for EncodedCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let length = buffer.remaining();
        Ok(Some(buffer.copy_to_bytes(length)))
    }
}
