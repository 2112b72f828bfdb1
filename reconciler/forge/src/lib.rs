//! Forges behind the reconciler's ports: embedded always, GitHub as a feature.
