//! `SupervisionService`

use std::sync::Arc;

use piaolian_proto::v1::{
    ActionResponse, AskExplanationRequest, CloseAlertRequest, ExplainAlertRequest, GetAlertRequest,
    GetAlertResponse, ListAlertsRequest, ListAlertsResponse,
    supervision_service_server::SupervisionService,
};
use tonic::{Request, Response, Status, async_trait};

use super::blocking::{ask, reply};
use crate::Service;

/// The door.
pub(super) struct Supervision(pub(super) Arc<Service>);

#[async_trait]
impl SupervisionService for Supervision {
    async fn list_alerts(
        &self,
        request: Request<ListAlertsRequest>,
    ) -> Result<Response<ListAlertsResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.alerts(&request)).await
    }

    async fn get_alert(
        &self,
        request: Request<GetAlertRequest>,
    ) -> Result<Response<GetAlertResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.alert(&request)).await
    }

    async fn ask_explanation(
        &self,
        request: Request<AskExplanationRequest>,
    ) -> Result<Response<ActionResponse>, Status> {
        reply(self.0.ask_explanation(request.into_inner()).await)
    }

    async fn explain_alert(
        &self,
        request: Request<ExplainAlertRequest>,
    ) -> Result<Response<ActionResponse>, Status> {
        reply(self.0.explain_alert(request.into_inner()).await)
    }

    async fn close_alert(
        &self,
        request: Request<CloseAlertRequest>,
    ) -> Result<Response<ActionResponse>, Status> {
        reply(self.0.close_alert(request.into_inner()).await)
    }
}
