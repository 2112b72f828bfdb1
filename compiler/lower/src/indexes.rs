//! Every place of a node that refers to another node.

use heal_check::ItemKind;
use heal_program::{
    Action, Argument, Channel, Detector, Entity, Expression, FieldKind, Operation, Parameter, Plan, Policy,
    Require, Rung,
};

/// What is called for each reference: the kind of the target, and its position in the table of that kind.
pub(crate) type Visit<'v> = &'v mut dyn FnMut(ItemKind, &mut u32);

/// A node that can refer to others.
pub(crate) trait Indexes {
    /// Visits all references, in no particular order.
    fn indexes(&mut self, visit: Visit<'_>);
}

impl Indexes for Entity {
    fn indexes(&mut self, visit: Visit<'_>) {
        self.fields.iter_mut().for_each(|field| field.kind.indexes(visit));
    }
}

impl Indexes for Detector {
    fn indexes(&mut self, visit: Visit<'_>) {
        self.when.indexes(visit);
        self.clear.iter_mut().for_each(|clear| clear.when.indexes(visit));
    }
}

impl Indexes for Action {
    fn indexes(&mut self, visit: Visit<'_>) {
        self.parameters.indexes(visit);
        match &mut self.operation {
            Operation::Command { arguments, on: _ } => arguments.iter_mut().for_each(|it| it.indexes(visit)),
            Operation::Kubernetes { verb: _, target: _ } => {}
        }
    }
}

impl Indexes for Channel {
    fn indexes(&mut self, visit: Visit<'_>) {
        self.parameters.indexes(visit);
    }
}

impl Indexes for Plan {
    fn indexes(&mut self, visit: Visit<'_>) {
        self.parameters.indexes(visit);
        self.requires.iter_mut().for_each(|require| require.indexes(visit));
        for step in &mut self.steps {
            visit(ItemKind::Action, &mut step.action.0);
            step.arguments.indexes(visit);
        }
    }
}

impl Indexes for Policy {
    fn indexes(&mut self, visit: Visit<'_>) {
        visit(ItemKind::Detector, &mut self.on.0);
        self.condition.iter_mut().for_each(|require| require.indexes(visit));
        for rung in &mut self.ladder {
            match rung {
                Rung::Plan { plan, arguments } => {
                    visit(ItemKind::Plan, &mut plan.0);
                    arguments.indexes(visit);
                }
                Rung::Escalate { channel, arguments } => {
                    channel.iter_mut().for_each(|channel| visit(ItemKind::Channel, &mut channel.0));
                    arguments.indexes(visit);
                }
            }
        }
        let approval = self.guard.approval.iter_mut();
        approval.flat_map(|approval| &mut approval.condition).for_each(|require| require.indexes(visit));
    }
}

impl Indexes for Require {
    fn indexes(&mut self, visit: Visit<'_>) {
        self.condition.indexes(visit);
    }
}

impl Indexes for Vec<Parameter> {
    fn indexes(&mut self, visit: Visit<'_>) {
        self.iter_mut().for_each(|parameter| parameter.kind.indexes(visit));
    }
}

impl Indexes for FieldKind {
    fn indexes(&mut self, visit: Visit<'_>) {
        match self {
            FieldKind::Entity(entity) => visit(ItemKind::Entity, &mut entity.0),
            FieldKind::Text | FieldKind::Quantity(_) => {}
        }
    }
}

impl Indexes for Vec<Argument> {
    fn indexes(&mut self, visit: Visit<'_>) {
        for argument in self {
            match argument {
                Argument::Entity(_) => {}
                Argument::EntityFromKey(entity, _) => visit(ItemKind::Entity, &mut entity.0),
                Argument::Value(expression) => expression.indexes(visit),
            }
        }
    }
}

impl Indexes for Expression {
    fn indexes(&mut self, visit: Visit<'_>) {
        match self {
            Expression::Number(_) | Expression::Text(_) | Expression::Bool(_) | Expression::KeyField(_) => {}
            Expression::Param(index) => visit(ItemKind::Param, &mut index.0),
            Expression::Signal(index) | Expression::Window { signal: index, .. } => {
                visit(ItemKind::Signal, &mut index.0);
            }
            Expression::Firing(index) => visit(ItemKind::Detector, &mut index.0),
            Expression::EntityField { entity, .. } => visit(ItemKind::Entity, &mut entity.0),
            Expression::Unary(_, operand) => operand.indexes(visit),
            Expression::Binary(_, left, right) | Expression::Or(left, right) => {
                left.indexes(visit);
                right.indexes(visit);
            }
            Expression::Conditional(condition, then, otherwise) => {
                condition.indexes(visit);
                then.indexes(visit);
                otherwise.indexes(visit);
            }
            Expression::List(items) | Expression::Call(_, items) => {
                items.iter_mut().for_each(|item| item.indexes(visit));
            }
        }
    }
}
